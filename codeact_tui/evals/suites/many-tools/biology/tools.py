"""Strands, and what is read from them."""

__all__ = ["complement", "count", "fetch", "find", "gc_percent", "mass", "transcribe", "translate"]

_STRANDS = {
    "K7": "ATGGCTTACGAATTCTGA",
    "L2": "ATGAAACGCATTAGCACCACCTAA",
    "M5": "GGCCATTGAATTCGGATATCCTAG",
    "P9": "TTACATGGGTAACTGCAT",
    "R4": "ATGTGGTGCCCGGGATTTTAG",
}
_CODONS = {
    "AUG": "M", "GCU": "A", "UAC": "Y", "GAA": "E", "UUC": "F", "AAA": "K", "CGC": "R", "AUU": "I", "AGC": "S",
    "ACC": "T", "UGG": "W", "UGC": "C", "CCG": "P", "GGA": "G", "UUU": "F", "GGU": "G", "AAC": "N", "CAU": "H",
    "GUA": "V", "CAG": "Q", "GAU": "D", "CUG": "L", "UUA": "L", "CUA": "L",
    "CCC": "P", "CCU": "P", "GCC": "A", "UAU": "Y", "GGG": "G",
}  # fmt: skip
_STOPS = {"UAA", "UAG", "UGA"}
_MASSES = {
    "A": 71, "C": 103, "D": 115, "E": 129, "F": 147, "G": 57, "H": 137, "I": 113, "K": 128, "L": 113, "M": 131,
    "N": 114, "P": 97, "Q": 128, "R": 156, "S": 87, "T": 101, "V": 99, "W": 186, "Y": 163,
}  # fmt: skip


def fetch(name: str) -> str:
    """Give the DNA strand of a sample: K7, L2, M5, P9 or R4."""
    return _STRANDS[name]


def complement(strand: str) -> str:
    """Give the complementary DNA strand, read from its own start: reversed, A and T, C and G exchanged."""
    return strand.translate(str.maketrans("ATCG", "TAGC"))[::-1]


def transcribe(strand: str) -> str:
    """Give the messenger RNA of a DNA strand: U in place of T."""
    return strand.replace("T", "U")


def translate(rna: str) -> str:
    """Read RNA from its first letter on, three by three, as amino acids in one-letter code, up to a stop."""
    protein = ""
    for start in range(0, len(rna) - 2, 3):
        codon = rna[start : start + 3]
        if codon in _STOPS:
            break
        protein += _CODONS.get(codon, "X")
    return protein


def find(strand: str, motif: str) -> int:
    """Give the place of a motif's first occurrence, counted from 0; -1 where there is none."""
    return strand.find(motif)


def count(strand: str, base: str) -> int:
    """Count a base in a strand."""
    return strand.count(base)


def gc_percent(strand: str) -> float:
    """Give the share of G and C in a strand, in percent, rounded to one decimal."""
    return round(100 * (strand.count("G") + strand.count("C")) / len(strand), 1)


def mass(protein: str) -> int:
    """Give the mass of a protein: of its amino acids, and 18 for the water at its ends."""
    return sum(_MASSES.get(acid, 110) for acid in protein) + 18
