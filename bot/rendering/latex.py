"""Formulas for platforms that set none: the commands of everyday LaTeX as Unicode, the rest left readable. Pure."""

import re

_NAMES = """
    alpha α  beta β  gamma γ  delta δ  epsilon ε  varepsilon ε  zeta ζ  eta η  theta θ  vartheta ϑ  iota ι
    kappa κ  lambda λ  mu μ  nu ν  xi ξ  pi π  rho ρ  sigma σ  tau τ  upsilon υ  phi φ  varphi φ  chi χ  psi ψ
    omega ω  Gamma Γ  Delta Δ  Theta Θ  Lambda Λ  Xi Ξ  Pi Π  Sigma Σ  Upsilon Υ  Phi Φ  Psi Ψ  Omega Ω  times ×
    div ÷  cdot ·  pm ±  mp ∓  leq ≤  le ≤  geq ≥  ge ≥  neq ≠  ne ≠  approx ≈  equiv ≡  sim ∼  propto ∝  infty ∞
    partial ∂  nabla ∇  sum ∑  prod ∏  int ∫  oint ∮  in ∈  notin ∉  subset ⊂  subseteq ⊆  supset ⊃  supseteq ⊇
    cup ∪  cap ∩  emptyset ∅  varnothing ∅  forall ∀  exists ∃  neg ¬  land ∧  lor ∨  to →  rightarrow →
    leftarrow ←  Rightarrow ⇒  implies ⇒  Leftarrow ⇐  Leftrightarrow ⇔  iff ⇔  leftrightarrow ↔  mapsto ↦
    ldots …  dots …  cdots …  circ ∘  degree °  angle ∠  perp ⊥  parallel ∥  ast ∗  star ⋆  langle ⟨  rangle ⟩
    lfloor ⌊  rfloor ⌋  lceil ⌈  rceil ⌉  ell ℓ  hbar ℏ  Re ℜ  Im ℑ  aleph ℵ  therefore ∴  because ∵  prime ′
    mid ∣  ll ≪  gg ≫  cong ≅  oplus ⊕  otimes ⊗  setminus ∖  bullet •  dagger †  mathbb{R} ℝ  mathbb{N} ℕ
    mathbb{Z} ℤ  mathbb{Q} ℚ  mathbb{C} ℂ
"""
_SYMBOLS: dict[str, str] = dict(zip(_NAMES.split()[::2], _NAMES.split()[1::2], strict=True))
_RAISED = dict(zip("0123456789+-=()niabcdefghjklmoprstuvwxyz", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱᵃᵇᶜᵈᵉᶠᵍʰʲᵏˡᵐᵒᵖʳˢᵗᵘᵛʷˣʸᶻ", strict=True))
_LOWERED = dict(zip("0123456789+-=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", strict=True))
_GROUP = r"\{([^{}]*)\}"
_FRACTION = re.compile(rf"\\[dt]?frac\s*{_GROUP}\s*{_GROUP}")
_ROOT = re.compile(rf"\\sqrt\s*(?:\[([^\]]*)\])?\s*{_GROUP}")
_WORDS = re.compile(
    rf"\\(?:text|textbf|textit|mathrm|mathbf|mathit|mathsf|operatorname|mathcal|boxed|vec|hat|bar|overline)\*?\s*{_GROUP}"
)
_FRAME = re.compile(
    r"\\(?:begin|end)\{[a-z]+\*?\}|\\(?:left|right|big|Big|bigg|Bigg|displaystyle|limits|nolimits)(?![a-zA-Z])|\\[,;:! ]"
)
_COMMAND = re.compile(r"\\(mathbb\{[RNZQC]\}|[A-Za-z]+)")
_SCRIPT = re.compile(r"([\^_])(?:\{([^{}]*)\}|([A-Za-z0-9+\-*′]))")
_ROUNDS = 6


def readable(tex: str) -> str:
    r"""A formula in one line of plain text: `\frac{a}{b}` as a/b, `x^2` as x², `\leq` as ≤."""
    tex = _COMMAND.sub(lambda found: _SYMBOLS.get(found[1], found[0]), tex.replace("\\\\", "; ").replace("&", " "))
    tex = _FRAME.sub(" ", tex)
    for _ in range(_ROUNDS):
        before = tex
        tex = _WORDS.sub(r"\1", tex)
        tex = _FRACTION.sub(lambda found: f"{_grouped(found[1])}/{_grouped(found[2])}", tex)
        tex = _ROOT.sub(lambda found: f"{_scripted(found[1] or '', _RAISED) or ''}√{_grouped(found[2])}", tex)
        tex = _SCRIPT.sub(_script, tex)
        if tex == before:
            break
    tex = re.sub(r"\\([{}%$#&_|])", r"\1", re.sub(r"(?<!\\)[{}]", "", tex))
    tex = re.sub(r"\\([A-Za-z]+)", r"\1", tex)
    return " ".join(tex.split())


def _grouped(text: str) -> str:
    text = text.strip()
    return text if re.fullmatch(r"\w+|[^\s\w]", text) else f"({text})"


def _script(found: re.Match[str]) -> str:
    text = found[2] if found[2] is not None else found[3]
    small = _scripted(text, _RAISED if found[1] == "^" else _LOWERED)
    if small is not None:
        return small
    return f"{found[1]}{_grouped(text)}"


def _scripted(text: str, alphabet: dict[str, str]) -> str | None:
    """The text in raised or lowered letters; None if Unicode lacks one of them."""
    text = text.strip()
    return "".join(alphabet[each] for each in text) if all(each in alphabet for each in text) else None
