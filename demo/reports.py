"""Sample reports of the demo, in four languages. The people in them do not exist."""

from intake.answers import Answers

SAMPLE_REPORTS = (
    Answers(
        locale="es",
        about="me",
        what=("pay_hours", "reprisal"),
        soon=("fired",),
        soon_when="weeks",
        last_day="this_month",
        place="Oliver",
        story=(
            "Trabajé doce horas cada día en la cosecha y no me pagan las horas extra. "
            "Pregunté por mi pago y el patrón dijo que ya no regrese."
        ),
        employer="Demo Orchard (ficticio)",
        helper="same_language",
        must_not_know=("boss", "foreman"),
        answer_by="here",
        pass_on="yes",  # noqa: S106 - an answer, not a password
    ),
    Answers(
        locale="pa",
        about="group",
        people="6",
        what=("recruitment_fees_debt", "housing_living"),
        last_day="this_month",
        place="Abbotsford",
        story="ਏਜੰਟ ਨੇ ਸਾਡੇ ਤੋਂ ਬਹੁਤ ਪੈਸੇ ਲਏ। ਛੇ ਜਣੇ ਇੱਕ ਕਮਰੇ ਵਿੱਚ ਰਹਿੰਦੇ ਹਾਂ।",
        helper="same_language",
        must_not_know=("boss", "agency"),
        answer_by="here",
    ),
    Answers(
        locale="fr",
        about="me",
        what=("documents_held", "threats_intimidation"),
        today=("none",),
        district="5935",
        story="Le patron garde mon passeport dans son bureau. Il dit que je dois finir la saison pour le reprendre.",
        helper="either",
        must_not_know=("boss", "consulate"),
        answer_by="here",
        pass_on="yes",  # noqa: S106
    ),
    Answers(
        locale="en",
        about="other_knows",
        what=("unsafe_work_injury", "health_care_access"),
        today=("hurt",),
        place="Prince George",
        story="My roommate fell from a ladder two days ago. He can't lift his arm. They told him not to see a doctor.",
        helper="either",
        answer_by="here",
        pass_on="yes",  # noqa: S106
    ),
    Answers(
        locale="en",
        what=("discrimination_bullying",),
        place="Langley",
        story="They give the worst work to us and call us names. We asked them to stop.",
        answer_by="none",
    ),
)
