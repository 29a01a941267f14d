"""Which addresses of the network may be fetched from: public ones, and nothing a registry sets apart.

The table is IANA's two special-purpose registries (RFC 6890 and its updates) with the multicast and reserved
ranges; of IPv6 only 2000::/3, the range given out for public use, is allowed at all, so every form that carries an
IPv4 address inside (mapped, compatible, NAT64) is refused with the rest. A range is refused whole even where the
registry has one public address in it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import Final

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Refuse = Callable[[Address], str]
"""Returns why an address may not be fetched from, or an empty string."""

_SPECIAL: Final = """
    0.0.0.0/8           this network
    10.0.0.0/8          private
    100.64.0.0/10       shared by a carrier
    127.0.0.0/8         loopback
    168.63.129.16/32    a cloud's own service
    169.254.0.0/16      link-local
    172.16.0.0/12       private
    192.0.0.0/24        protocol assignments
    192.0.2.0/24        documentation
    192.31.196.0/24     AS112
    192.52.193.0/24     AMT
    192.88.99.0/24      6to4 relay
    192.168.0.0/16      private
    192.175.48.0/24     AS112
    198.18.0.0/15       benchmarking
    198.51.100.0/24     documentation
    203.0.113.0/24      documentation
    224.0.0.0/4         multicast
    240.0.0.0/4         reserved
    ::/128              unspecified
    ::1/128             loopback
    ::ffff:0:0/96       an IPv4 address mapped into IPv6
    64:ff9b::/96        NAT64
    64:ff9b:1::/48      NAT64
    100::/64            discard
    2001::/23           protocol assignments
    2001:db8::/32       documentation
    2002::/16           6to4
    2620:4f:8000::/48   AS112
    3fff::/20           documentation
    5f00::/16           segment routing
    fc00::/7            private
    fe80::/10           link-local
    fec0::/10           private
    ff00::/8            multicast
"""
_PUBLIC: Final = IPv6Network("2000::/3")


def why_refused(address: Address) -> str:
    """Return what keeps an address from being public, as in "private"; an empty string for a public one."""
    if isinstance(address, IPv6Address) and address.scope_id:
        return "bound to one network interface"
    for network, what in _special():
        if address.version == network.version and address in network:
            return what
    if isinstance(address, IPv6Address) and address not in _PUBLIC:
        return "reserved"
    return ""


@cache
def _special() -> tuple[tuple[Network, str], ...]:
    rows = (line.split(maxsplit=1) for line in _SPECIAL.strip().splitlines())
    return tuple((ip_network(network), what) for network, what in rows)
