"""Groups made by hand: two short stories and one long, and answers that each show one thing."""

from __future__ import annotations

from course_lib.tasks.stories import Story, as_problem
from course_lib.types import Completion, Group

MIA = as_problem(
    Story(
        23,
        (14, -9),
        None,
        "Mia has 23 apples. She finds 14 more. Then she gives 9 to Tom. How many apples does Mia have now?",
    ),
    "mia",
)
BEN = as_problem(
    Story(40, (-6, 5), None, "Ben has 40 coins. He loses 6. Later he wins 5. How many coins does Ben have now?"), "ben"
)
EVA = as_problem(
    Story(
        30,
        (8, -5, 7, -4),
        None,
        "Eva has 30 pens. She buys 8 more. Then she gives 5 to Leo. She finds 7 more. She loses 4. "
        "How many pens does Eva have now?",
    ),
    "eva",
)

# Mia, 28 apples
RIGHT = "23+14=37\n37-9=28\n#### 28"
SPACED = "23 + 14 = 37\n37 - 9 = 28\n#### 28"  # the same path, other white space
WORDED = "First 23+14=37\nthen 37-9=28\n#### 28"  # the same path, with words between
OTHER = "23-9=14\n14+14=28\n#### 28"  # another path
LUCKY = "23+14=36\n36-9=28\n#### 28"  # right answer, both steps wrong
TENS = "23-9=14\n14+10=24\n24+4=28\n#### 28"  # a third: the tens, then the ones
WRONG = "23+14=36\n36-9=27\n#### 27"
MISREAD = "23+14=37\n37-9=28\n#### 27"  # the right path, the wrong last line
CUT = "23-9=14\n14+14=28\n#### 28\nSo Mia has"  # right so far, cut at the token limit
# Ben, 39 coins
BEN_RIGHT, BEN_WRONG, BEN_WORSE = "40-6=34\n34+5=39\n#### 39", "40-6=36\n36+5=41\n#### 41", "40+6=46\n46+5=51\n#### 51"
BEN_FUDGED = "40-6=36\n36+5=39\n#### 39"  # the last step bent to land on the answer
BEN_CUT = "40-6=34\n34+5=39\n#### 39\nThat is"
# Eva, 36 pens; the name tells the share of valid steps
EVA_10 = "30+8=38\n38-5=33\n33+7=40\n40-4=36\n#### 36"
EVA_06 = "30+8=38\n38-5=33\n33+7=40\n40-4=35\n#### 35"
EVA_02 = "30+8=38\n38-5=32\n32+7=38\n38-4=33\n#### 33"
EVA_00 = "30+8=37\n37-5=31\n31+7=37\n37-4=32\n#### 32"
EVA_LUCKY = "30+8=37\n37-5=33\n33+7=40\n40-4=36\n#### 36"  # right answer, share 0.6


def group(problem, *rows: tuple[str, float], cut=(), hinted=()) -> Group:
    """A scored group from (text, score) rows."""
    texts = [text for text, _ in rows]
    completions = tuple(Completion(t, tokens=len(t), finished=t not in cut, hinted=t in hinted) for t in texts)
    return Group(problem, completions, tuple(score for _, score in rows))


EVA_SKIP = "30+8=38\n38+2=40\n40-4=36\n#### 36"  # right, by a number of its own: share 0.75
EVA_TURNED = (
    "40-4=36, for 33+7=40\n38-5=33, for 30+8=38\n#### 36"  # the same calculations in another order: another path
)
EVA_MIXED = "30+7=37\n37-4=33\n33+8=41\n41-5=36\n#### 36"  # right, in an order of its own
EVA_CUT = EVA_10 + "\nSo Eva"  # cut at the token limit
