"""Which addresses are public: every special-purpose range is refused, whatever form carries it."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.fetch.address import why_refused

# IANA's special-purpose address registries (RFC 6890 and updates), with multicast and class E.
IPV4 = """
    0.0.0.0/8 0.0.0.0/32 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.0.0/29
    192.0.0.8/32 192.0.0.9/32 192.0.0.10/32 192.0.0.170/32 192.0.0.171/32 192.0.2.0/24 192.31.196.0/24 192.52.193.0/24
    192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4
    255.255.255.255/32
""".split()
IPV6 = """
    ::1/128 ::/128 ::ffff:0:0/96 64:ff9b::/96 64:ff9b:1::/48 100::/64 100:0:0:1::/64 2001::/23 2001::/32 2001:1::1/128
    2001:1::2/128 2001:1::3/128 2001:2::/48 2001:3::/32 2001:4:112::/48 2001:10::/28 2001:20::/28 2001:30::/28
    2001:db8::/32 2002::/16 2620:4f:8000::/48 3fff::/20 5f00::/16 fc00::/7 fe80::/10 fec0::/10 ff00::/8
""".split()
NETWORKS = [ip_network(network) for network in (*IPV4, *IPV6)]


@st.composite
def special(draw: st.DrawFn) -> IPv4Address | IPv6Address:
    network: IPv4Network | IPv6Network = draw(st.sampled_from(NETWORKS))
    last = network.num_addresses - 1
    return network[draw(st.sampled_from([0, last]) | st.integers(0, last))]


@given(special())
def test_every_special_address_is_refused(address: IPv4Address | IPv6Address) -> None:
    assert why_refused(address)


@given(st.ip_addresses())
def test_what_is_allowed_is_global(address: IPv4Address | IPv6Address) -> None:
    if not why_refused(address):
        assert address.is_global
        assert not address.is_multicast
        assert not address.is_reserved


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_inside_an_ipv6_one_is_refused(address: IPv4Address) -> None:
    number = int(address)
    forms = (
        IPv6Address((0xFFFF << 32) | number),  # mapped
        IPv6Address(number),  # compatible
        IPv6Address((0xFFFF << 48) | number),  # translated
        IPv6Address((0x64FF9B << 96) | number),  # NAT64
        IPv6Address((0x64FF9B0001 << 80) | number),  # NAT64, local
        IPv6Address((0x2002 << 112) | (number << 80)),  # 6to4
        IPv6Address((0x20010000 << 96) | (number ^ 0xFFFFFFFF)),  # Teredo
    )
    assert all(why_refused(form) for form in forms)


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.215.14", "1.1.1.1", "2606:4700::1111", "2a00:1450::1"])
def test_public_addresses_are_allowed(address: str) -> None:
    assert why_refused(ip_address(address)) == ""


@pytest.mark.parametrize("address", ["168.63.129.16", "169.254.169.254", "fd00:ec2::254", "100.100.100.200"])
def test_the_services_of_clouds_are_refused(address: str) -> None:
    assert why_refused(ip_address(address))


def test_an_address_bound_to_an_interface_is_refused() -> None:
    assert why_refused(IPv6Address("2606:4700::1111%eth0")) == "bound to one network interface"
