"""The provinces that the network serves: their regions and districts, by Statistics Canada's codes.

A province is a file in data/, never code. Nothing here knows where a worker is.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

_DATA = Path(__file__).with_name("data")


@dataclass(frozen=True, slots=True)
class District:
    """A census division, in British Columbia a regional district. `population` is rounded (2021 census).

    `zone` is the IANA name of its clock: the province's, where its file names no other.
    """

    code: str
    name: str
    region: str
    province: str
    population: int
    zone: str


@dataclass(frozen=True, slots=True)
class Region:
    """An economic region: districts of one province."""

    code: str
    name: str
    province: str
    districts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Province:
    """A province with a file. `authorities` names who enforces the law for each category of mistreatment.

    `holidays` are the rules of its statutory holidays, as referrals/holidays.py reads them.
    """

    code: str
    name: str
    regions: tuple[Region, ...]
    districts: tuple[District, ...]
    authorities: Mapping[str, str]
    zone: str
    holidays: tuple[Mapping[str, Any], ...]


def _province(document: Mapping[str, Any]) -> Province:
    code = document["code"]
    regions = tuple(
        Region(region["code"], region["name"], code, tuple(district["code"] for district in region["districts"]))
        for region in document["regions"]
    )
    districts = tuple(
        District(
            district["code"],
            district["name"],
            region["code"],
            code,
            district["population"],
            district.get("zone", document["zone"]),
        )
        for region in document["regions"]
        for district in region["districts"]
    )
    return Province(
        code,
        document["name"],
        regions,
        districts,
        MappingProxyType(document["authorities"]),
        document["zone"],
        tuple(document["holidays"]),
    )


# In the order of their codes. The postal abbreviation is the code that the directory's areas carry (prov:BC).
PROVINCE_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "NL": "Newfoundland and Labrador",
        "PE": "Prince Edward Island",
        "NS": "Nova Scotia",
        "NB": "New Brunswick",
        "QC": "Quebec",
        "ON": "Ontario",
        "MB": "Manitoba",
        "SK": "Saskatchewan",
        "AB": "Alberta",
        "BC": "British Columbia",
        "YT": "Yukon",
        "NT": "Northwest Territories",
        "NU": "Nunavut",
    }
)
# Files with a code of two letters are provinces.
PROVINCES: Final[Mapping[str, Province]] = MappingProxyType(
    {
        province.code: province
        for province in (_province(json.loads(path.read_bytes())) for path in sorted(_DATA.glob("??.json")))
    }
)
REGIONS: Final[Mapping[str, Region]] = MappingProxyType(
    {region.code: region for province in PROVINCES.values() for region in province.regions}
)
DISTRICTS: Final[Mapping[str, District]] = MappingProxyType(
    {district.code: district for province in PROVINCES.values() for district in province.districts}
)
