"""Reading answers: GSM8K's `#### 31` convention and the equations of a worked solution. Pure text, no model.

GSM8K: Cobbe et al. 2021, arXiv 2110.14168. The number after the *last* `####` counts, as a solution that corrects
itself means its last word; commas group thousands; words after the number are ignored. What goes on as an expression
(3/4, 2\\sqrt{3}, 1e3) is not read as the number it begins with.
"""

from __future__ import annotations

import ast
import operator
import re
from decimal import Decimal, InvalidOperation

NUMBER = r"-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
GOES_ON = r"[ \t]*[-+*/^:×÷·][ \t]*\d|[,.]?\d|[eE][-+]?\d|[ \t]+\d+/\d|[ \t]*\\(?:sqrt|pi|[td]?frac|times|cdot|div)|\^"
DRESS = r"(?:\s|[*_`$€£]|\\[$(]|\\boxed\{)*"  # money, bold, LaTeX: what an instruct model puts around its number
MARKED = re.compile(rf"####{DRESS}({NUMBER})(?!{GOES_ON})")
EQUATION = re.compile(r"(\d+)([+-])(\d+)=(-?\d+)")  # the pocket town's: two whole numbers, plus or minus
TERM = rf"[$(]*(?:{NUMBER})\)*"
CALCULATION = re.compile(
    rf"((?:{TERM})(?:[ \t]*[-+*/][ \t]*(?:{TERM}))+)[ \t]*=[ \t]*[$]?({NUMBER})"
)  # anybody's: one line
SIGNS = {"\\times": "*", "\\cdot": "*", "\\div": "/", "×": "*", "−": "-", "÷": "/", " x ": " * "}
OPERATIONS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}


def parse_answer(text: str) -> str | None:
    """The final number of a solution, without commas or needless zeros; None when there is no `####` number.

    >>> parse_answer("20+3=23\\n#### 1,023.50 apples")
    '1023.5'
    """
    found = MARKED.findall(text)
    return normal(found[-1]) if found else None


def normal(number: str) -> str:
    """`1,023.50` and `1023.5` are the same number: one spelling for both."""
    value = Decimal(number.replace(",", ""))
    return f"{value.normalize():f}" if value else "0"


def same_answer(text: str, gold: str | None) -> bool:
    """True when the text's final number equals the gold number."""
    said = parse_answer(text)
    return said is not None and gold is not None and said == normal(gold)


def equations(text: str) -> list[tuple[int, str, int, int]]:
    """Every `a+b=c` of a solution as (a, sign, b, c), in order."""
    return [(int(a), sign, int(b), int(c)) for a, sign, b, c in EQUATION.findall(text)]


def true_equation(a: int, sign: str, b: int, c: int) -> bool:
    """Does the arithmetic hold?"""
    return (a + b if sign == "+" else a - b) == c


def calculations(text: str) -> list[tuple[str, str]]:
    """Every `expression = number` of a text, bare of spaces, signs of money and thousands: ("2*3+1", "7")."""
    for sign, plain in SIGNS.items():
        text = text.replace(sign, plain)
    return [(balanced(re.sub(r"[\s$,]", "", left)), normal(right)) for left, right in CALCULATION.findall(text)]


def balanced(expression: str) -> str:
    """Without opening brackets that belong to the text around it: `(5+3` is `5+3`."""
    spare = expression.count("(") - expression.count(")")
    return expression[spare:] if spare > 0 and expression.startswith("(" * spare) else expression


def holds(expression: str, claimed: str, tolerance: Decimal = Decimal("0.01")) -> bool:
    """Does the arithmetic hold, to a cent? An expression that cannot be read does not. Nothing is executed."""
    try:
        return abs(_value(ast.parse(expression, mode="eval").body) - Decimal(claimed)) <= tolerance
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
