"""What a comparison is called in a sentence: inheriting against a control, or one branch against another."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Wording:
    """What a comparison is called in a sentence.

    action: what helped or did harm, as `verbs` say it; beyond: what follows these. members: who of the first arm are
    meant, and briefly so where the sentence says the rest. than, versus: whom they are compared with, after steps and
    after a rate. measured: whose number is meant. above: whose it is compared with. counted: who of each arm reached
    the threshold. worth: what few runs cannot say. arm: what an arm is called.
    """

    action: str = "inheriting"
    verbs: tuple[str, str] = ("helped", "did harm")
    beyond: str = ""
    members: str = "the inherited members"
    briefly: str = "heirs"
    than: str = ""
    versus: str = " as from scratch"
    measured: str = "the inherited members' {}"
    above: str = "the control's"
    counted: tuple[str, str] = ("inherited members", "from scratch")
    worth: str = "what the inheritance was worth"
    arm: str = "arm"

    def undecided(self, models: str = "") -> str:
        """Say that nothing is known."""
        return f"it is undecided whether {self.action}{models} {self.verbs[0]}{self.beyond}"


INHERITING = Wording()
