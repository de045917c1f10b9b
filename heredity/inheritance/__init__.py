"""What a child takes from its parents (docs/inheritance.md)."""

from heredity.inheritance.dealing import draw_names as draw_names
from heredity.inheritance.heirs import Donor as Donor
from heredity.inheritance.heirs import Heir as Heir
from heredity.inheritance.heirs import inherit as inherit
