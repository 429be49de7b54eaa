"""Reading the sizes out of Parquet page headers: just enough of Thrift's compact protocol.

Source: the Apache Parquet format (parquet.thrift, PageHeader) and the Thrift compact protocol specification.
"""

from __future__ import annotations

_TYPE, _COMPRESSED_SIZE = 1, 3
_STOP, _TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = range(13)
_DEEPEST = 16


class NotThrift(ValueError):
    """The bytes are no page header."""


def page_sizes(data: memoryview, position: int) -> tuple[int, int]:
    """Length in bytes of the page header that begins there, and of the page's body after it.

    Raises NotThrift when there is no such header.
    """
    reader = _Compact(data, position)
    fields = reader.struct(0)
    body = fields.get(_COMPRESSED_SIZE)
    if _TYPE not in fields or body is None or body < 0:
        raise NotThrift
    return reader.position - position, body


class _Compact:
    def __init__(self, data: memoryview, position: int) -> None:
        self._data = data
        self.position = position

    def struct(self, depth: int) -> dict[int, int]:
        """The whole-number fields of a struct; everything else is stepped over."""
        if depth > _DEEPEST:
            raise NotThrift
        fields: dict[int, int] = {}
        number = 0
        while True:
            head = self._byte()
            kind = head & 0x0F
            if kind == _STOP:
                return fields
            delta = head >> 4
            number = number + delta if delta else self._zigzag()
            if kind in (_I16, _I32, _I64):
                fields[number] = self._zigzag()
            else:
                self._skip(kind, depth)

    def _skip(self, kind: int, depth: int) -> None:
        if kind in (_TRUE, _FALSE):
            return
        if kind == _BYTE:
            self._forward(1)
        elif kind in (_I16, _I32, _I64):
            self._varint()
        elif kind == _DOUBLE:
            self._forward(8)
        elif kind == _BINARY:
            self._forward(self._varint())
        elif kind in (_LIST, _SET):
            self._skip_list(depth)
        elif kind == _STRUCT:
            self.struct(depth + 1)
        else:  # no page header holds a map
            raise NotThrift

    def _skip_list(self, depth: int) -> None:
        head = self._byte()
        count = head >> 4
        if count == 15:
            count = self._varint()
        if depth > _DEEPEST or count > len(self._data):
            raise NotThrift
        for _ in range(count):
            if head & 0x0F in (_TRUE, _FALSE):
                self._forward(1)
            else:
                self._skip(head & 0x0F, depth + 1)

    def _zigzag(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)

    def _varint(self) -> int:
        value = shift = 0
        while shift < 70:
            byte = self._byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7
        raise NotThrift

    def _byte(self) -> int:
        if self.position >= len(self._data):
            raise NotThrift
        self.position += 1
        return self._data[self.position - 1]

    def _forward(self, count: int) -> None:
        if self.position + count > len(self._data):
            raise NotThrift
        self.position += count
