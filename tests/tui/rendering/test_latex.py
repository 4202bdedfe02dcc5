"""LaTeX as Unicode: known formulas, words around them, and anything at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeact_tui.tui.rendering.latex import latex_to_unicode, math_to_unicode


@pytest.mark.parametrize(
    ("latex", "shown"),
    [
        (r"E = mc^2", "E = mc²"),
        (r"\frac{a+b}{2}", "(a + b)/2"),
        (r"\frac{1}{2}x", "½x"),
        (r"\frac{dy}{dx}", "dy/dx"),
        (r"x = \frac{-b \pm \sqrt{b^2 - 4ac}}{2a}", "x = (−b ± √(b² − 4ac))/(2a)"),
        (r"\frac{f(a) + g(b)}{c}", "(f(a) + g(b))/c"),
        (r"\sum_{i=1}^{n} x_i", "∑ᵢ₌₁ⁿ xᵢ"),
        (r"\lim_{x\to\infty} f(x)", "lim_(x→∞) f(x)"),
        (r"\int_0^\infty e^{-x^2}\,dx = \frac{\sqrt{\pi}}{2}", "∫₀^∞ e^(−x²) dx = √π/2"),
        (r"\alpha\le\beta \in \mathbb{R}^n", "α ≤ β ∈ ℝⁿ"),
        (r"\theta_{\text{new}} - \eta \nabla_\theta J(\theta)", "θ_new − η ∇_θ J(θ)"),
        (r"e^{i\pi}+1=0", "e^(iπ) + 1 = 0"),
        (r"\sqrt[3]{x}", "∛x"),
        (r"\left( \frac{1}{n} \right)", "(1/n)"),
        (r"\hat{\theta}", "θ\u0302"),
        (r"a \not= b \notin C", "a ≠ b ∉ C"),
        (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", "(1  2; 3  4)"),
        (r"\begin{aligned} a &= b \\ &= c \end{aligned}", "a = b\n= c"),
        (r"f(x)=\begin{cases} a & x>0 \\ b & \text{otherwise}\end{cases}", "f(x) = { a  x > 0; b  otherwise"),
        (r"\binom{n}{k}", "(n choose k)"),
        (r"2 \pi r, 1{,}000", "2πr, 1,000"),
        (r"\|x\|_2", "‖x‖₂"),
        (r"\mathrm{ReLU}(x)=\max(0,x)", "ReLU(x) = max(0, x)"),
        (r"50\%", "50%"),
        (r"f''(x)", "f″(x)"),
    ],
)
def test_a_formula(latex: str, shown: str) -> None:
    assert math_to_unicode(latex) == shown


def test_what_is_not_known_stays() -> None:
    assert math_to_unicode(r"\unheardof{x} + 1") == r"\unheardof{x} + 1"
    assert math_to_unicode("\\") == "\\"
    assert math_to_unicode("") == ""


@pytest.mark.parametrize("marks", [("$", "$"), ("$$", "$$"), (r"\(", r"\)"), (r"\[", r"\]"), ("", "")])
def test_delimiters_are_taken_off(marks: tuple[str, str]) -> None:
    assert latex_to_unicode(f"{marks[0]}x^2{marks[1]}") == "x²"


def test_words_around_formulas_stay() -> None:
    text = r"The mean $\bar{x} = \frac{1}{n}\sum_{i=1}^n x_i$ is \textbf{good} at \(p<0.05\), costs \$5."
    assert latex_to_unicode(text) == "The mean x\u0304 = 1/n ∑ᵢ₌₁ⁿ xᵢ is good at p < 0.05, costs $5."


@pytest.mark.parametrize("nest", ["{", r"\sqrt", "^", "x_{", r"\frac", r"\left(", r"\begin{matrix}", r"\hat{", "}"])
def test_deep_nesting_is_bounded(nest: str) -> None:
    assert latex_to_unicode((nest * 20_000)[:20_000])


def test_what_is_too_long_stays() -> None:
    text = r"\alpha" * 10_000
    assert latex_to_unicode(text) == text


_PIECES = r"\frac \sqrt \begin{cases} \end{cases} \left \alpha \sum \text{if} \mathbb \hat \not \to \unknown \( \)"
_LATEX = st.lists(
    st.one_of(st.sampled_from([*r"{}[]()^_&$'~+-=,| ", "\\\\", *_PIECES.split()]), st.text(max_size=3)), max_size=30
).map("".join)


@given(_LATEX)
def test_anything_is_written_somehow(text: str) -> None:
    shown = latex_to_unicode(text)
    assert len(shown) <= 4 * len(text) + 40
    assert latex_to_unicode(text) == shown
