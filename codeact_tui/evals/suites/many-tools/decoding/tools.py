"""Ciphers of a schoolyard."""

__all__ = ["every_nth", "from_hex", "from_morse", "letters", "number_in_base", "reverse", "shift_back", "unzip", "xor"]

_MORSE = {
    ".-": "A", "-...": "B", "-.-.": "C", "-..": "D", ".": "E", "..-.": "F", "--.": "G", "....": "H", "..": "I",
    ".---": "J", "-.-": "K", ".-..": "L", "--": "M", "-.": "N", "---": "O", ".--.": "P", "--.-": "Q", ".-.": "R",
    "...": "S", "-": "T", "..-": "U", "...-": "V", ".--": "W", "-..-": "X", "-.--": "Y", "--..": "Z",
}  # fmt: skip


def from_hex(digits: str) -> str:
    """Read hexadecimal digits as the text whose bytes they are."""
    return bytes.fromhex(str(digits)).decode("ascii")


def reverse(text: str) -> str:
    """Write a text backwards."""
    return text[::-1]


def shift_back(text: str, places: int) -> str:
    """Move each letter back by some places of the alphabet; from A on to Z. What is no letter stays."""
    return "".join(_shifted(character, int(places)) for character in text)


def from_morse(code: str) -> str:
    """Read Morse code: letters with blanks between, words with a slash between."""
    return " ".join("".join(_MORSE[sign] for sign in word.split()) for word in code.split("/"))


def every_nth(text: str, n: int) -> str:
    """Keep the first character of a text and every n-th one after it."""
    return text[:: int(n)]


def unzip(text: str) -> str:
    """Write the characters at odd places first, then those at even places: 'ADBECF' becomes 'ABCDEF'."""
    return text[::2] + text[1::2]


def letters(text: str, letter: str) -> int:
    """Count how often a letter stands in a text; capitals and small letters are the same."""
    return text.lower().count(letter.lower())


def number_in_base(digits: str, base: int) -> int:
    """Read digits as a number in a base from 2 to 36."""
    return int(str(digits), int(base))


def xor(digits: str, key: int) -> str:
    """Combine each byte of a text in hexadecimal digits with a key by exclusive or; gives hexadecimal digits."""
    return bytes(byte ^ int(key) for byte in bytes.fromhex(str(digits))).hex()


def _shifted(character: str, places: int) -> str:
    if not character.isalpha():
        return character
    first = ord("A" if character.isupper() else "a")
    return chr((ord(character) - first - places) % 26 + first)
