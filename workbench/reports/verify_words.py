"""What verify.py says: texts with what stands in them, and their French. Put into the verify.py of every bundle as it stands."""

from __future__ import annotations

import struct
import zipfile
import zlib
from typing import Any, Dict, Tuple

NO_FORM, UNPACKABLE = "not in the required form", "damaged: it cannot be unpacked"
COMPARE = "Compare it with the key printed on the report's cover: only that comparison proves who signed."
# What reading a damaged ZIP raises; NotImplementedError where its packing is one that zipfile does not know.
UNPACKING = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError)
FAULTS = (ValueError, OSError, TypeError, LookupError, RuntimeError, struct.error, *UNPACKING)  # of hostile bytes
FRENCH: Dict[str, str] = {
    NO_FORM: "n’a pas la forme requise",
    UNPACKABLE: "endommagé\u00a0: ne peut pas être décompressé",
    "cannot be read": "ne peut pas être lu",
    "the key is not a point of the curve": "la clé n’est pas un point de la courbe",
    "base64 of the wrong length or spelling": "base64 d’une longueur ou d’une écriture incorrecte",
    "not a key of the form name+hash+key": "n’est pas une clé de la forme nom+empreinte+clé",
    "not a checkpoint signed by key {} in the required form": (
        "n’est pas un point de contrôle signé par la clé {} dans la forme requise"
    ),
    "the signature of key {} does not hold": "la signature de la clé {} ne tient pas",
    "carries another checkpoint than trail/checkpoint": "porte un autre point de contrôle que trail/checkpoint",
    "not a proof in the required form": "n’est pas une preuve dans la forme requise",
    "a part with a wrong length": "une partie d’une longueur incorrecte",
    "not a granted RFC 3161 time stamp": "n’est pas un horodatage RFC 3161 accordé",
    "stamps other bytes than manifest.json": "horodate d’autres octets que manifest.json",
    "what it says is not what its authority signed": "ce qu’il dit n’est pas ce que son autorité a signé",
    "{}: bytes behind it in the ZIP belong to no file": "{}\u00a0: derrière lui, des octets du ZIP n’appartiennent à aucun fichier",
    "bytes before the files of the ZIP or behind them belong to no file": (
        "devant les fichiers du ZIP ou derrière eux, des octets n’appartiennent à aucun fichier"
    ),
    "not checked, because the checkpoint they lead to does not hold": (
        "non vérifiées, car le point de contrôle où elles mènent ne tient pas"
    ),
    "a link or special file, which a bundle never holds": "un lien ou un fichier spécial, qu’un dossier ne contient jamais",
    "there twice, or under a name that differs in its case alone": (
        "y est deux fois, ou sous un nom qui ne diffère que par la casse"
    ),
    "a link or special file, encrypted, disguised or packed in an unusual way": (
        "un lien ou un fichier spécial, chiffré, déguisé ou compressé d’une manière inhabituelle"
    ),
    "more than {} files or {} bytes; unpack it by hand and check the folder": (
        "plus de {} fichiers ou de {} octets\u00a0; décompressez-le à la main et vérifiez le dossier"
    ),
    "is missing": "manque",
    "{} is missing": "{} manque",
    "not a manifest in the required form, or without a file that every bundle has": (
        "n’est pas un manifeste dans la forme requise, ou il y manque un fichier que tout dossier contient"
    ),
    "not listed in the manifest": "n’est pas dans la liste du manifeste",
    "missing, though the manifest lists it": "manque, alors que le manifeste le cite",
    "content does not match the manifest": "son contenu n’est pas celui que dit le manifeste",
    "not the key given with --key": "n’est pas la clé donnée avec --key",
    "does not lead from the entry to the signed root": "ne mène pas de l’entrée à la racine signée",
    "not the manifest that entry {} of the log records": "n’est pas le manifeste que l’entrée {} du journal consigne",
    "the last line is not whole": "la dernière ligne n’est pas entière",
    "proves no entry of trail/entries.jsonl": "ne prouve aucune entrée de trail/entries.jsonl",
    "line {}": "ligne {}",
    "line {} (entry {})": "ligne {} (entrée {})",
    "not in the signed log": "n’est pas dans le journal signé",
    "This bundle does not verify. Broken or unproven: {}, named above.": (
        "Ce dossier n’est pas intact. Altérés ou sans preuve\u00a0: {}, nommés ci-dessus."
    ),
    "This bundle verifies.": "Ce dossier est intact.",
    "Files: {} checked against manifest.json, all as listed, none more.": (
        "Fichiers\u00a0: {} comparés à manifest.json, tous tels qu’il les cite, aucun de plus."
    ),
    "Trail: {} entries and entry {}, which records the manifest: in the log.": (
        "Journal\u00a0: {} entrées et l’entrée {}, qui consigne le manifeste, y sont."
    ),
    "Checkpoint: log {}, {} entries, root {}": "Point de contrôle\u00a0: journal {}, {} entrées, racine {}",
    "Signed by key {} (hash {}): {}": "Signé par la clé {} (empreinte {})\u00a0: {}",
    "Time stamp: {} over manifest.json. Its signature is checked with: {}": (
        "Horodatage\u00a0: {} sur manifest.json. Sa signature se vérifie avec\u00a0: {}"
    ),
    "It is the key given with --key.": "C’est la clé donnée avec --key.",
    COMPARE: (
        "Comparez-la avec la clé imprimée sur la couverture du rapport\u00a0: seule cette comparaison prouve qui a signé."
    ),
}


def worded(words: Dict[str, str], text: str, *values: Any) -> str:
    """The text in the language of these words, what stands in it in ASCII: a hostile file name must not steer the terminal."""
    plain = ["".join(each if " " <= each <= "~" else ascii(each)[1:-1] for each in str(value)) for value in values]
    return words.get(text, text).format(*plain)


class Broken(ValueError):
    """Something does not hold: a text that says what, and what stands in it."""

    def __str__(self) -> str:
        return worded({}, *self.args)


def reason(error: BaseException) -> Tuple[Any, ...]:
    """What is wrong, in words that are the same on every machine, and what stands in them."""
    if isinstance(error, OSError):
        return ("{}", error.strerror) if error.strerror else ("cannot be read",)
    return error.args if isinstance(error, Broken) else (UNPACKABLE if isinstance(error, UNPACKING) else NO_FORM,)
