"""Which files the upload API takes, and in which blocks they may stand (file upload guide, autumn 2026)."""

from __future__ import annotations

_AUDIO = "aac adts mid midi mp3 mpga m4a m4b oga ogg wav wma"
_VIDEO = "amv asf wmv avi f4v flv gifv m4v mp4 mkv webm mov qt mpeg"
_IMAGE = "gif heic jpeg jpg png svg tif tiff webp ico"
_OFFICE = "vnd.openxmlformats-officedocument."
_DOCUMENTS = {
    "pdf": ("application/pdf",),
    "txt": ("text/plain",),
    "json": ("application/json",),
    "doc": ("application/msword",),
    "dot": ("application/msword",),
    "docx": (f"application/{_OFFICE}wordprocessingml.document",),
    "dotx": (f"application/{_OFFICE}wordprocessingml.template",),
    "xls": ("application/vnd.ms-excel",),
    "xlt": ("application/vnd.ms-excel",),
    "xla": ("application/vnd.ms-excel",),
    "xlsx": (f"application/{_OFFICE}spreadsheetml.sheet",),
    "xltx": (f"application/{_OFFICE}spreadsheetml.template",),
    "ppt": ("application/vnd.ms-powerpoint",),
    "pot": ("application/vnd.ms-powerpoint",),
    "pps": ("application/vnd.ms-powerpoint",),
    "ppa": ("application/vnd.ms-powerpoint",),
    "pptx": (f"application/{_OFFICE}presentationml.presentation",),
    "potx": (f"application/{_OFFICE}presentationml.template",),
}
_OWN_NAMES = {
    "jpg": "jpeg", "svg": "svg+xml", "tif": "tiff", "ico": "x-icon", "mov": "quicktime", "qt": "quicktime",
    "mp3": "mpeg", "mpga": "mpeg", "m4a": "mp4", "m4b": "mp4", "oga": "ogg", "mid": "midi", "wma": "x-ms-wma",
    "wmv": "x-ms-wmv", "avi": "x-msvideo", "asf": "x-ms-asf", "flv": "x-flv", "mkv": "x-matroska", "m4v": "x-m4v",
    "adts": "aac", "f4v": "mp4", "gifv": "mp4",
}  # fmt: skip
_MEDIA = {"image": _IMAGE, "audio": _AUDIO, "video": _VIDEO}


def extension_of(filename: str) -> str:
    """The extension of a file name in lower case; empty when it has none."""
    return filename.rpartition(".")[2].lower() if "." in filename else ""


def type_of(filename: str) -> str | None:
    """The content type that a file name stands for; None when files of its extension are not taken."""
    extension = extension_of(filename)
    if extension in _DOCUMENTS:
        return _DOCUMENTS[extension][0]
    for family, extensions in _MEDIA.items():
        if extension in extensions.split():
            # An mp4 may be a film or a sound; unless it is said, it is a film.
            family = "video" if extension == "mp4" else family
            return f"{family}/{_OWN_NAMES.get(extension, extension)}"
    return None


def agree(filename: str, content_type: str) -> bool:
    """Whether a file name's extension and a content type can belong to one file."""
    extension = extension_of(filename)
    said = content_type.partition(";")[0].strip().lower()
    if extension in _DOCUMENTS:
        return said in _DOCUMENTS[extension]
    family = said.partition("/")[0]
    return extension in _MEDIA.get(family, "").split() or (extension == "mp4" and family == "audio")


def fits(content_type: str | None, block: str) -> bool:
    """Whether a file of this type may stand in a block of that type; a file block takes any."""
    said = (content_type or "").partition(";")[0]
    if block == "pdf":
        return said == "application/pdf"
    return block not in _MEDIA or said.partition("/")[0] == block
