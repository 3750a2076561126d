"""WebSocket frames, by RFC 6455, and messages compressed by RFC 7692."""
import os
import struct
import zlib

TEXT, BINARY, CONT, CLOSE, PING, PONG = 1, 2, 0, 8, 9, 10


def frame(opcode, data, mask=False, fin=True, rsv1=False):
    first = opcode | (0x80 if fin else 0) | (0x40 if rsv1 else 0)
    n = len(data)
    m = 0x80 if mask else 0
    if n < 126:
        head = struct.pack("!BB", first, m | n)
    elif n < 65536:
        head = struct.pack("!BBH", first, m | 126, n)
    else:
        head = struct.pack("!BBQ", first, m | 127, n)
    if not mask:
        return head + data
    key = os.urandom(4)
    pad = (key * (n // 4 + 1))[:n]
    both = int.from_bytes(data, "big") ^ int.from_bytes(pad, "big")
    return head + key + both.to_bytes(n, "big")


class Deflater:
    """permessage-deflate, one sender."""

    def __init__(self, takeover=True, mask=False):
        self.takeover, self.mask, self.z = takeover, mask, None

    def message(self, data, at=None):
        if self.z is None or not self.takeover:
            self.z = zlib.compressobj(9, zlib.DEFLATED, -15)
        out = self.z.compress(data) + self.z.flush(zlib.Z_SYNC_FLUSH)
        out = out[:-4]
        if at is None:
            return frame(TEXT, out, self.mask, rsv1=True)
        return (frame(TEXT, out[:at], self.mask, False, True) +
                frame(PING, b"still here", self.mask) +
                frame(CONT, out[at:], self.mask))
