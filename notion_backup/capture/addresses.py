"""Which hosts a file may be fetched from when its address was written by a person: public ones only.

A page can name any address; a backup that followed it would fetch from inside the network it runs in.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable

Resolver = Callable[[str, int], list[str]]


class NotPublic(Exception):
    """The host does not exist, or one of its addresses is not on the public internet."""


def resolve(host: str, port: int) -> list[str]:
    """All addresses of a host. Raises NotPublic when it has none."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotPublic("the host has no address") from error
    return [str(entry[4][0]) for entry in found]


def public_address(host: str, port: int, resolver: Resolver = resolve) -> str:
    """One address of the host to connect to. Raises NotPublic unless *all* its addresses are public.

    The caller must connect to this very address: a second look-up could answer differently.
    """
    addresses = resolver(host, port)
    if not addresses or not all(_is_public(address) for address in addresses):
        raise NotPublic("the host is not on the public internet")
    return addresses[0]


def _is_public(address: str) -> bool:
    try:
        parsed = ipaddress.ip_address(address.split("%", 1)[0])
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address):
        # An IPv4 address in IPv6 clothing leads to the IPv4 host.
        inner = parsed.ipv4_mapped or parsed.sixtofour or (parsed.teredo[1] if parsed.teredo else None)
        if inner is not None:
            return _is_public(str(inner))
        if parsed in ipaddress.ip_network("64:ff9b::/96"):
            return _is_public(str(ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF)))
    return parsed.is_global and not parsed.is_multicast
