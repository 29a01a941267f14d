"""Check digits of numbers that people are known by: what tells a card or account number from any other run of digits."""

from __future__ import annotations

from datetime import date

_VERHOEFF = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9), (1, 2, 3, 4, 0, 6, 7, 8, 9, 5), (2, 3, 4, 0, 1, 7, 8, 9, 5, 6), (3, 4, 0, 1, 2, 8, 9, 5, 6, 7),
    (4, 0, 1, 2, 3, 9, 5, 6, 7, 8), (5, 9, 8, 7, 6, 0, 4, 3, 2, 1), (6, 5, 9, 8, 7, 1, 0, 4, 3, 2), (7, 6, 5, 9, 8, 2, 1, 0, 4, 3),
    (8, 7, 6, 5, 9, 3, 2, 1, 0, 4), (9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
)  # fmt: skip
_TURN = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)
_VIN = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", (*range(1, 9), *range(1, 6), 7, 9, *range(2, 10)), strict=True))
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def digits(text: str) -> str:
    """Return the digits of a text."""
    return "".join(mark for mark in text if mark.isdigit())


def luhn(text: str) -> bool:
    """Whether the digits of a text end in a Luhn check digit (ISO/IEC 7812-1), as card numbers do."""
    total = 0
    for place, mark in enumerate(reversed(digits(text))):
        doubled = int(mark) * (1 + place % 2)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


def iban(text: str) -> bool:
    """Whether a text is an IBAN: the remainder by 97 is 1 (ISO 13616)."""
    plain = "".join(mark for mark in text.upper() if mark.isalnum())
    if not 15 <= len(plain) <= 34 or not plain.isascii():
        return False
    return int("".join(str(int(mark, 36)) for mark in plain[4:] + plain[:4])) % 97 == 1


def verhoeff(text: str) -> bool:
    """Whether the digits of a text end in a Verhoeff check digit, as Aadhaar numbers do."""
    check = 0
    for place, mark in enumerate(reversed(digits(text))):
        number = int(mark)
        for _ in range(place % 8):
            number = _TURN[number]
        check = _VERHOEFF[check][number]
    return check == 0


def nhs(text: str) -> bool:
    """Whether the ten digits of a text are a British NHS number (remainder by 11)."""
    plain = digits(text)
    if len(plain) != 10:
        return False
    total = sum(int(mark) * (10 - place) for place, mark in enumerate(plain[:9]))
    return (11 - total % 11) % 11 == int(plain[9])


def dni(text: str) -> bool:
    """Whether a text is a Spanish DNI or NIE: its last letter follows from the number's remainder by 23."""
    plain = "".join(mark for mark in text.upper() if mark.isalnum())
    number = plain[:-1].translate(str.maketrans("XYZ", "012"))
    return len(plain) == 9 and number.isdigit() and "TRWAGMYFPDXBNJZSQVHLCKE"[int(number) % 23] == plain[-1]


def ssn(text: str) -> bool:
    """Whether the nine digits of a text can be a United States social security or taxpayer number."""
    plain = digits(text)
    area, group, serial = plain[:3], plain[3:5], plain[5:]
    return len(plain) == 9 and area not in {"000", "666"} and group != "00" and serial != "0000"


def vin(text: str) -> bool:
    """Whether a text is a vehicle identification number with its check digit (49 CFR 565.15)."""
    plain = text.upper()
    if len(plain) != 17 or not any(mark.isdigit() for mark in plain) or set(plain) & set("IOQ"):
        return False
    values = [int(mark) if mark.isdigit() else _VIN.get(mark, 0) for mark in plain]
    rest = sum(value * weight for value, weight in zip(values, _VIN_WEIGHTS, strict=True)) % 11
    return plain[8] == ("X" if rest == 10 else str(rest))


def pesel(text: str) -> bool:
    """Whether eleven digits are a Polish PESEL number with a possible day of birth."""
    plain = digits(text)
    weights = (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)
    if len(plain) != 11 or sum(int(mark) * weight for mark, weight in zip(plain, weights, strict=True)) % 10:
        return False
    century, month = divmod(int(plain[2:4]), 20)
    try:
        date(1900 + 100 * ((century + 1) % 5 - 1) + int(plain[:2]), month, int(plain[4:6]))
    except ValueError:
        return False
    return True
