"""What LaTeX's names for signs are in Unicode, by the part they play in a formula. Tables only."""

__all__ = [
    "ACCENTS",
    "BINARY",
    "CLOSING",
    "FONTS",
    "FONT_EXCEPTIONS",
    "GROUPING",
    "OPENING",
    "OPERATORS",
    "ORDINARY",
    "RELATIONS",
    "ROMAN",
    "SILENT",
    "SIZES",
    "SPACES",
    "SUBSCRIPTS",
    "SUPERSCRIPTS",
    "VULGAR_FRACTIONS",
]


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


def _pairs(words: str) -> dict[str, str]:
    names = words.split()
    return dict(zip(names[::2], names[1::2], strict=True))


ORDINARY = _pairs(
    "alpha α beta β gamma γ delta δ epsilon ϵ varepsilon ε zeta ζ eta η theta θ vartheta ϑ iota ι kappa κ varkappa ϰ "
    "lambda λ mu μ nu ν xi ξ omicron ο pi π varpi ϖ rho ρ varrho ϱ sigma σ varsigma ς tau τ upsilon υ phi ϕ varphi φ "
    "chi χ psi ψ omega ω Gamma Γ Delta Δ Theta Θ Lambda Λ Xi Ξ Pi Π Sigma Σ Upsilon Υ Phi Φ Psi Ψ Omega Ω "
    "infty ∞ partial ∂ nabla ∇ hbar ℏ hslash ℏ ell ℓ imath ı jmath ȷ Re ℜ Im ℑ wp ℘ aleph ℵ beth ℶ emptyset ∅ "
    "varnothing ∅ forall ∀ exists ∃ nexists ∄ neg ¬ lnot ¬ top ⊤ bot ⊥ angle ∠ measuredangle ∡ triangle △ square □ "
    "Box □ blacksquare ■ qed ∎ degree ° prime ′ backprime ‵ ldots … dots … cdots ⋯ vdots ⋮ ddots ⋱ dotsc … dotsb ⋯ "
    "flat ♭ sharp ♯ natural ♮ clubsuit ♣ diamondsuit ♢ heartsuit ♡ spadesuit ♠ checkmark ✓ dag † ddag ‡ S § P ¶ "
    "pounds £ euro € copyright © surd √ complement ∁ eth ð mho ℧ Finv Ⅎ AA Å aa å ae æ AE Æ oe œ OE Œ o ø O Ø ss ß l ł "
    "L Ł bigstar ★ lozenge ◊ Diamond ◇ vert | lvert | rvert | Vert ‖ lVert ‖ rVert ‖ | ‖ backslash \\ textbackslash \\ "
    "$ $ % % & & # # _ _ textasciitilde ~ textdegree ° textendash – textemdash — colon : i ı j ȷ slash /"
)
BINARY = _pairs(
    "pm ± mp ∓ times × div ÷ cdot · ast ∗ star ⋆ circ ∘ bullet • cap ∩ cup ∪ uplus ⊎ sqcap ⊓ sqcup ⊔ vee ∨ lor ∨ "
    "wedge ∧ land ∧ setminus ∖ smallsetminus ∖ wr ≀ oplus ⊕ ominus ⊖ otimes ⊗ oslash ⊘ odot ⊙ dagger † ddagger ‡ "
    "amalg ⨿ bigtriangleup △ bigtriangledown ▽ ltimes ⋉ rtimes ⋊ diamond ⋄ boxplus ⊞ boxtimes ⊠ centerdot · divides ∣"
)
RELATIONS = _pairs(
    "le ≤ leq ≤ leqslant ⩽ ge ≥ geq ≥ geqslant ⩾ ne ≠ neq ≠ ll ≪ gg ≫ lll ⋘ ggg ⋙ equiv ≡ sim ∼ simeq ≃ approx ≈ "
    "cong ≅ approxeq ≊ doteq ≐ propto ∝ varpropto ∝ in ∈ ni ∋ notin ∉ subset ⊂ supset ⊃ subseteq ⊆ supseteq ⊇ "
    "subsetneq ⊊ supsetneq ⊋ sqsubseteq ⊑ sqsupseteq ⊒ prec ≺ succ ≻ preceq ⪯ succeq ⪰ mid ∣ nmid ∤ parallel ∥ "
    "nparallel ∦ perp ⊥ vdash ⊢ dashv ⊣ models ⊨ vDash ⊨ asymp ≍ bowtie ⋈ lt < gt > to → rightarrow → leftarrow ← "
    "gets ← uparrow ↑ downarrow ↓ updownarrow ↕ leftrightarrow ↔ Rightarrow ⇒ Leftarrow ⇐ Leftrightarrow ⇔ Uparrow "
    "⇑ Downarrow ⇓ implies ⟹ impliedby ⟸ iff ⟺ longrightarrow ⟶ longleftarrow ⟵ longleftrightarrow ⟷ Longrightarrow "
    "⟹ Longleftarrow ⟸ Longleftrightarrow ⟺ mapsto ↦ longmapsto ⟼ hookrightarrow ↪ hookleftarrow ↩ nearrow ↗ "
    "searrow ↘ swarrow ↙ nwarrow ↖ rightharpoonup ⇀ leftharpoonup ↼ rightleftharpoons ⇌ leadsto ⇝ rightsquigarrow ⇝ "
    "twoheadrightarrow ↠ upharpoonright ↾ coloneqq ≔ coloneq ≔ eqqcolon ≕ triangleq ≜ lesssim ≲ gtrsim ≳ therefore "
    "∴ because ∵ vartriangleleft ⊲ trianglelefteq ⊴ nsubseteq ⊈ nleq ≰ ngeq ≱ smile ⌣ frown ⌢ Vdash ⊩ lessgtr ≶"
)
OPERATORS = _pairs(
    "sum ∑ prod ∏ coprod ∐ int ∫ iint ∬ iiint ∭ oint ∮ oiint ∯ bigcap ⋂ bigcup ⋃ bigvee ⋁ bigwedge ⋀ bigoplus ⨁ "
    "bigotimes ⨂ bigodot ⨀ biguplus ⨄ bigsqcup ⨆ sin sin cos cos tan tan cot cot sec sec csc csc sinh sinh cosh "
    "cosh tanh tanh coth coth arcsin arcsin arccos arccos arctan arctan log log ln ln lg lg exp exp lim lim limsup "
    "limsup liminf liminf max max min min sup sup inf inf arg arg argmax argmax argmin argmin det det dim dim ker "
    "ker deg deg gcd gcd lcm lcm hom hom Pr Pr mod mod bmod mod tr tr rank rank"
)
OPENING = _pairs("{ { lbrace { lbrack [ langle ⟨ lceil ⌈ lfloor ⌊ ulcorner ⌜ llbracket ⟦ lgroup ⟮")
CLOSING = _pairs("} } rbrace } rbrack ] rangle ⟩ rceil ⌉ rfloor ⌋ urcorner ⌝ rrbracket ⟧ rgroup ⟯")
SPACES = {
    **dict.fromkeys((",", ":", ";", " ", "\n", ">", "enspace", "thinspace", "space"), " "),
    **dict.fromkeys(("!", "/"), ""),
    "quad": "  ",
    "qquad": "    ",
}
ROMAN = _names(
    "text textrm textbf textit textsf texttt textnormal emph mbox hbox mathrm mathit mathsf mathtt mathnormal"
)
"""Their argument is words, or letters that stand upright."""
GROUPING = _names("underbrace overbrace mathop mathbin mathrel mathord mathopen mathclose smash ensuremath")
"""Their argument is shown as it is."""
SILENT = _names(
    "displaystyle textstyle scriptstyle scriptscriptstyle limits nolimits nonumber notag bf rm it centering hfill "
    "noindent hline allowbreak relax cr boldmath protect strut par"
)
"""They show nothing."""
SIZES = _names("left right middle big bigl bigr bigm Big Bigl Bigr bigg biggl biggr Bigg Biggl Biggr Biggm")
"""A delimiter follows."""
ACCENTS = {
    "hat": "\u0302",
    "widehat": "\u0302",
    "check": "\u030c",
    "tilde": "\u0303",
    "widetilde": "\u0303",
    "acute": "\u0301",
    "grave": "\u0300",
    "dot": "\u0307",
    "ddot": "\u0308",
    "breve": "\u0306",
    "bar": "\u0304",
    "vec": "\u20d7",
    "overrightarrow": "\u20d7",
    "mathring": "\u030a",
    "overline": "\u0305",
    "underline": "\u0332",
}
FONTS = {
    "mathbb": (0x1D538, 0x1D552, 0x1D7D8),
    "mathcal": (0x1D49C, 0x1D4B6, 0),
    "mathscr": (0x1D49C, 0x1D4B6, 0),
    "mathfrak": (0x1D504, 0x1D51E, 0),
    "mathbf": (0x1D400, 0x1D41A, 0x1D7CE),
    "boldsymbol": (0x1D400, 0x1D41A, 0x1D7CE),
    "bm": (0x1D400, 0x1D41A, 0x1D7CE),
}
"""Where the alphabets begin: capitals, small letters, digits; 0: there are none."""
FONT_EXCEPTIONS = {
    0x1D538: dict(zip("CHNPQRZ", "ℂℍℕℙℚℝℤ", strict=True)),
    0x1D49C: dict(zip("BEFHILMRego", "ℬℰℱℋℐℒℳℛℯℊℴ", strict=True)),
    0x1D504: dict(zip("CHIRZ", "ℭℌℑℜℨ", strict=True)),
}
"""Letters that stand elsewhere, by where their alphabet's capitals begin."""
SUPERSCRIPTS = dict(
    zip(
        "0123456789+-−=()abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVWβγδθφχ′*∗∘⊤†,",
        "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂᵝᵞᵟᶿᵠᵡ′**°ᵀ†,",
        strict=True,
    )
)
SUBSCRIPTS = dict(
    zip("0123456789+-−=()aehijklmnoprstuvxβγρφχ,", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ,", strict=True)
)
VULGAR_FRACTIONS = _pairs(
    "1/2 ½ 1/3 ⅓ 2/3 ⅔ 1/4 ¼ 3/4 ¾ 1/5 ⅕ 2/5 ⅖ 3/5 ⅗ 4/5 ⅘ 1/6 ⅙ 5/6 ⅚ 1/7 ⅐ 1/8 ⅛ 3/8 ⅜ 5/8 ⅝ 7/8 ⅞ 1/9 ⅑ 1/10 ⅒"
)
