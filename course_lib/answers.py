"""Reading answers: GSM8K's `#### 31` convention and the equations of a worked solution. Pure text, no model.

GSM8K: Cobbe et al. 2021, arXiv 2110.14168. The number after the *last* `####` counts, as a solution that corrects
itself means its last word, also where that is no number; marks that only close the text do not count. Commas group
thousands; words after the number are ignored. What goes on as an expression (3/4, 2\\sqrt{3}, 1e3) is not read as the number
it begins with.
"""

from __future__ import annotations

import ast
import operator
import re
from decimal import Decimal, InvalidOperation

from course_lib.errors import need

UNSIGNED = r"(?:(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|\.\d+)"
NUMBER = rf"[-−]?{UNSIGNED}"
OPERATED = r"[ \t]*[-+*/^:×÷·x][ \t]*\d|[,.]?\d|[eE][-+]?\d|[ \t]+\d+/\d|\^"
LATEX = r"[ \t]*\\(?:sqrt|pi|[td]?frac|times|cdot|div)"
UNKNOWN = r"(?:[ \t]*[-+*/][ \t]*)?[xyz]\b|[a-zA-Z][ \t]*[-+^=][ \t]*\w"  # 3x + 2
APART = r"[ \t]\d{3}(?!\d)"  # 10 000
GOES_ON = rf"{OPERATED}|{LATEX}|{UNKNOWN}|{APART}"
DRESS = r"(?:\s|[*_`$€£]|\\[$(]|\\boxed\{)*"  # money, bold, LaTeX: what an instruct model puts around its number
MARKED = re.compile(rf"####{DRESS}((?:[-−]\\?[$€£](?=[\d.]))?{NUMBER})(?!{GOES_ON})")
WHOLE = re.compile(rf"\s*[$€£]?{NUMBER}\s*")
NOT_A_NUMBER = (
    "the right answer {!r} is no number to compare with: give one such as 28, -4 or 28.5, or leave the problem out."
)
EQUATION = re.compile(r"(\d+)([+-])(\d+)=(-?\d+)")  # the pocket town's: two whole numbers, plus or minus
TERM = rf"[$(]*(?:{NUMBER})\)*"
FIRST = r"(?<![\d($])(?<!\d[-+*/])(?<!\d [-+*/] )"  # not within a number, nor behind a number's sign: a long sum is read once
CALCULATION = re.compile(  # anybody's: one line
    rf"{FIRST}({TERM}(?:[ \t]*[-+*/][ \t]*{TERM})+)[ \t]*=[ \t]*(-?[$]?{NUMBER})(?!{GOES_ON})"
)
# Before a calculation: what it goes on from.
CUT_OFF = re.compile(r"[\w)\]}%!][ \t]*(?:[-+*/^](?<![ ]\*\*)[ \t]*)+\Z|[\w)^]\Z")
SIGNS = {"\\times": "*", "\\cdot": "*", "\\div": "/", "×": "*", "−": "-", "÷": "/", " x ": " * "}
OPERATIONS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}


def parse_answer(text: str) -> str | None:
    """The final number of a solution, without commas or needless zeros; None when there is no `####` number.

    >>> parse_answer("20+3=23\\n#### 1,023.50 apples")
    '1023.5'
    """
    _, mark, said = text.rstrip("# \t\r\n").rpartition("####")
    found = MARKED.match(mark + said)
    return normal(found[1]) if found else None


def normal(number: str) -> str:
    """`1,023.50` and `1023.5` are the same number: one spelling for both. Signs of money do not count either."""
    value = Decimal(re.sub(r"[^-\d.]", "", number.replace("−", "-")))
    digits = f"{value:f}"
    return (digits.rstrip("0").rstrip(".") if "." in digits else digits) if value else "0"


def same_answer(text: str, gold: str | None) -> bool:
    """True when the text's final number equals the gold number. Raises CourseError for gold that is no number."""
    if gold is None:
        return False
    need(WHOLE.fullmatch(gold) is not None, NOT_A_NUMBER.format(gold))
    return parse_answer(text) == normal(gold)


def equations(text: str) -> list[tuple[int, str, int, int]]:
    """Every `a+b=c` of a solution as (a, sign, b, c), in order."""
    return [(int(a), sign, int(b), int(c)) for a, sign, b, c in EQUATION.findall(text)]


def true_equation(a: int, sign: str, b: int, c: int) -> bool:
    """Does the arithmetic hold?"""
    return (a + b if sign == "+" else a - b) == c


def calculations(text: str) -> list[tuple[str, str]]:
    """Every `expression = number` of a text, bare of spaces, signs of money and thousands: ("2*3+1", "7").

    The rest of a longer expression is none: what `2^3 + 1 = 9` and `2x + 3 + 4 = 9` say is more than this can read.
    """
    for sign, plain in SIGNS.items():
        text = text.replace(sign, plain)
    whole = [m for m in CALCULATION.finditer(text) if not CUT_OFF.search(text, max(0, m.start() - 40), m.start())]
    return [(balanced(re.sub(r"[\s$,]", "", m[1])), normal(m[2])) for m in whole]


def balanced(expression: str) -> str:
    """Without opening brackets that belong to the text around it: `(5+3` is `5+3`."""
    spare = expression.count("(") - expression.count(")")
    return expression[spare:] if spare > 0 and expression.startswith("(" * spare) else expression


def holds(expression: str, claimed: str, tolerance: Decimal = Decimal("0.01")) -> bool:
    """Does the arithmetic hold, to a cent, or to the one decimal that is given? Nothing is executed.

    An expression that cannot be read does not hold.
    """
    said = Decimal(claimed)
    rounded = Decimal("0.05") if said.as_tuple().exponent == -1 else tolerance  # 100/7 = 14.3
    plain = re.sub(r"(?<![\d.])0+(?=\d)", "", expression)  # 05 is no number of Python's
    try:
        return abs(_value(ast.parse(plain, mode="eval").body) - said) <= max(rounded, tolerance)
    except (SyntaxError, ValueError, InvalidOperation, ZeroDivisionError, RecursionError):
        return False


def _value(node: ast.AST) -> Decimal:
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATIONS:
        return OPERATIONS[type(node.op)](_value(node.left), _value(node.right))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_value(node.operand)
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return Decimal(str(node.value))
    raise ValueError(f"not arithmetic: {ast.dump(node)}")


def path_of(text: str) -> str:
    """What makes two solutions the same path: their calculations in order (RFT, §3.3), or their words if there are none."""
    steps = calculations(text)
    return " ".join(f"{expression}={claimed}" for expression, claimed in steps) if steps else " ".join(text.split())
