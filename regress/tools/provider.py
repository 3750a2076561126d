#!/usr/bin/env python3
"""Providers of language models, as far as their clients know, and a WebSocket
that echoes.

usage: provider.py PORTFILE [--tls CERTIFICATES KEY]

As origin.py, and:

    POST /v1/messages           Anthropic's, streamed
    POST /v1/chat/completions   OpenAI's, streamed
    GET  /ws                    what comes goes back

What they say is $SAY, one word an event.
"""
import base64
import hashlib
import json
import os
import struct
import sys

import origin
from wsframes import CLOSE, PING, PONG, frame

WORDS = [w + " " for w in os.environ.get("SAY", "hello there").split(" ")]


class Handler(origin.Handler):
    def answer(self):
        if self.command == "POST" and self.path == "/v1/messages":
            self.messages(json.loads(self.body()))
        elif self.command == "POST" and self.path == "/v1/chat/completions":
            self.completions(json.loads(self.body()))
        elif self.headers.get("Upgrade", "").lower() == "websocket":
            self.websocket()
        else:
            super().answer()

    def stream(self, events):
        """Each is a write of its own, and most of them a TLS record."""
        self.start(Content_Type="text/event-stream; charset=utf-8",
                   Cache_Control="no-cache", Transfer_Encoding="chunked")
        for event, data in events:
            text = json.dumps(data) if isinstance(data, dict) else data
            name = "event: %s\n" % event if event else ""
            self.chunk(("%sdata: %s\n\n" % (name, text)).encode())
        self.wfile.write(b"0\r\n\r\n")

    def messages(self, asked):
        assert asked["stream"] is True, asked
        assert self.headers["anthropic-version"], self.headers
        events = [
            {"type": "message_start", "message": {
                "id": "msg_1", "type": "message", "role": "assistant",
                "model": asked["model"], "content": [], "stop_reason": None,
                "stop_sequence": None,
                "usage": {"input_tokens": 9, "output_tokens": 1}}},
            {"type": "content_block_start", "index": 0,
             "content_block": {"type": "text", "text": ""}},
            {"type": "ping"}]
        events += [{"type": "content_block_delta", "index": 0,
                    "delta": {"type": "text_delta", "text": w}}
                   for w in WORDS]
        events += [
            {"type": "content_block_stop", "index": 0},
            {"type": "message_delta", "usage": {"output_tokens": len(WORDS)},
             "delta": {"stop_reason": "end_turn", "stop_sequence": None}},
            {"type": "message_stop"}]
        self.stream((e["type"], e) for e in events)

    def completions(self, asked):
        assert asked["stream"] is True, asked

        def one(delta, reason=None):
            return None, {
                "id": "chatcmpl-1", "object": "chat.completion.chunk",
                "created": 1700000000, "model": asked["model"],
                "choices": [{"index": 0, "delta": delta,
                             "finish_reason": reason}]}

        self.stream([one({"role": "assistant", "content": ""})] +
                    [one({"content": w}) for w in WORDS] +
                    [one({}, "stop"), (None, "[DONE]")])

    def websocket(self):
        """RFC 6455, without extensions."""
        self.close_connection = True
        key = self.headers["Sec-WebSocket-Key"].encode()
        accept = base64.b64encode(hashlib.sha1(
            key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
        self.wfile.write(b"HTTP/1.1 101 Switching Protocols\r\n"
                         b"Upgrade: websocket\r\nConnection: Upgrade\r\n"
                         b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n")
        while True:
            first, size = self.rfile.read(2)
            size &= 127
            if size == 126:
                size, = struct.unpack("!H", self.rfile.read(2))
            elif size == 127:
                size, = struct.unpack("!Q", self.rfile.read(8))
            mask = self.rfile.read(4)
            data = bytes(b ^ mask[i % 4]
                         for i, b in enumerate(self.rfile.read(size)))
            opcode = first & 15
            self.wfile.write(frame(PONG if opcode == PING else opcode, data,
                                   fin=first & 128 != 0))
            if opcode == CLOSE:
                return


if __name__ == "__main__":
    sys.exit(origin.main(Handler))
