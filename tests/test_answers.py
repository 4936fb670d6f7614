import pytest

from course_lib.answers import calculations, equations, holds, parse_answer, path_of, same_answer


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("23+14=37\n#### 37", "37"),
        ("#### 1,234", "1234"),
        ("#### 12,345,678", "12345678"),
        ("#### -5", "-5"),
        ("#### 3.50", "3.5"),
        ("#### $7.00 in all", "7"),
        ("#### 37 apples, I think", "37"),
        ("#### 12.", "12"),
        ("#### 5\nNo, wait.\n#### 6", "6"),
        ("####8", "8"),
        ("#### **18**", "18"),
        (r"#### \boxed{18}", "18"),
        (r"#### $\boxed{-1,018}$", "-1018"),
        (r"#### \$18", "18"),
        (r"#### \(18\)", "18"),
        (r"#### 5 \times 10^3", None),
        (r"#### **2\sqrt{3}**", None),
        ("#### -$5", "-5"),
        (r"#### -\$1,200.50", "-1200.5"),
        ("#### −5", "-5"),
        ("#### .5", "0.5"),
        ("#### 5km", "5"),
        ("#### 007", "7"),
        ("#### 12345678901234567890123456789012.50", "12345678901234567890123456789012.5"),
        ("#### 0", "0"),
        ("#### 100", "100"),
        ("the answer is 37", None),
        ("#### none", None),
        ("### 37", None),
        ("", None),
    ],
)
def test_parse_answer(text, number):
    assert parse_answer(text) == number


def test_same_number_in_another_spelling_is_right():
    assert same_answer("#### 1,000.0", "1000")
    assert not same_answer("#### 1,000.5", "1000")
    assert not same_answer("1000", "1000"), "a number without #### is no answer"
    assert not same_answer("#### 5", None)


def test_paths_ignore_words_but_not_order():
    assert path_of("So 2+3=5, then 5-1=4\n#### 4") == path_of("2+3=5\n5-1=4\n#### 4")
    assert path_of("2+3=5\n5-1=4") != path_of("2-1=1\n1+3=4")
    assert equations("12-15=-3") == [(12, "-", 15, -3)]


def test_calculations_of_ordinary_solutions():
    text = "She pays $3 x 4 = $12. Then 2 + 3 + 4 = 9, so (12 + 9) / 2 = 10.50.\n<<1,000*2=2000>>\n#### 5"
    assert calculations(text) == [("3*4", "12"), ("2+3+4", "9"), ("(12+9)/2", "10.5"), ("1000*2", "2000")]
    assert all(holds(*c) for c in calculations(text))


@pytest.mark.parametrize(
    ("expression", "claimed", "true"),
    [
        ("2+3*4", "14", True),
        ("2+3*4", "20", False),
        ("10/3", "3.33", True),
        ("10/3", "3.3", True),
        ("10/3", "3.4", False),
        ("7/2", "4", False),
        ("12+05", "17", True),
        ("1/0", "0", False),
        ("2**9", "512", False),
        ("(2+", "2", False),
    ],
)
def test_holds(expression, claimed, true):
    assert holds(expression, claimed) is true


@pytest.mark.parametrize(
    "text",
    [
        "1. 5 + 3 = 8",
        "In 2024, 5 + 3 = 8",
        "Week 3\n5+3=8",
        r"\(5 + 3 = 8\)",
        "- 5 + 3 = 8",
        "* 5 + 3 = 8",
        "so **5 + 3 = 8**",
        "x = 5 + 3 = 8",
        "[5 + 3 = 8]",
        "2*(3+1) = 5 + 3 = 8",
    ],
)
def test_calculations_stand_apart_from_their_neighbours(text):
    assert calculations(text) == [("5+3", "8")]


@pytest.mark.parametrize(
    "text",
    [
        "2^3 + 1 = 9",
        "2x + 3 + 4 = 9",
        "2(3+4) = 14",
        "sqrt(9+16) = 5",
        r"\sqrt{2} + 3 + 1 = 5.41",
        "3! + 2 + 1 = 9",
        "3 apples + 2 + 4 = 9",
        "2**3 + 1 = 9",
        "1/2 + 1/3 = 5/6",
        "4 + 4 = 8x",
    ],
)
def test_a_part_of_a_longer_expression_is_no_calculation(text):
    assert calculations(text) == []


def test_signs_of_other_hands():
    assert calculations(r"5 \times 3 = 15, 5 − 3 = 2, 6 ÷ 3 = 2") == [("5*3", "15"), ("5-3", "2"), ("6/3", "2")]
    assert holds("+".join(["1"] * 5000), "5000") is False


def test_a_number_alone_is_no_calculation():
    assert calculations("x = 5 and y = 7 = 7") == []


@pytest.mark.parametrize(
    "text",
    [
        "3/4",
        "3 / 4",
        "3 1/2",
        "2\\sqrt{3}",
        "3\\pi",
        "2^5",
        "1e3",
        "1,0234",
        "3+4=7",
        "3 * 4",
        "1.2.3",
        "7:2",
        "3x",
        "3x + 2",
        "3n+2",
        "3 + x",
        "3 x 4",
        "3 000",
    ],
)
def test_a_number_that_goes_on_as_an_expression_is_not_read_as_its_beginning(text):
    assert parse_answer(f"#### {text}") is None and not same_answer(f"#### {text}", "3")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("3.", "3"),
        ("31, so", "31"),
        ("31**", "31"),
        ("3\\%", "3"),
        ("5/day", "5"),
        ("10, 12", "10"),
        ("31\n12", "31"),
        ("2-year", "2"),
    ],
)
def test_what_is_not_a_number_after_it_ends_one(text, number):
    assert parse_answer(f"#### {text}") == number
