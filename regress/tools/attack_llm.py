"""What model providers' interfaces look like on the wire, from their
references: requests, whole answers, and streams whose deltas hold a few
characters each.  Frames as in attack_views; a stream's frame also returns
where its events end.
"""
import base64
import binascii
import json
import re
import struct

from attack_views import json_mix, script, words


def _dump(rnd, o):
    """JSON as different programs write it."""
    s = rnd.choice((json.dumps(o), json.dumps(o, separators=(",", ":"))))
    return s.encode()


def _pieces(rnd, text):
    """A text in deltas: a few characters each, as tokens are."""
    out, at = [], 0
    most = rnd.choice((3, 6, 14))
    while at < len(text):
        n = rnd.randrange(1, most + 1)
        out.append(text[at:at + n])
        at += n
    return out


def _whole(build):
    def frame(rnd, text, n):
        mark = "\u0001secret\u0001"
        note = words(rnd, n).decode()
        data = _dump(rnd, build(note, mark))
        enc = json.dumps(script(text).decode()).encode()[1:-1]
        if rnd.random() < 0.3:
            enc = json_mix(rnd, script(text))
        if b"\\\\u0001" in data:		# a string inside of a string
            enc = json.dumps(enc.decode()).encode()[1:-1]
        m = (b"\\\\u0001secret\\\\u0001" if b"\\\\u0001" in data
             else b"\\u0001secret\\u0001")
        at = data.index(m)
        return ("application/json", data[:at] + enc + data[at + len(m):],
                (at, at + len(enc)))
    return frame


# what an agent sends: the conversation so far

REQUEST = {
    "anthropic request": _whole(lambda note, s: {
        "model": "claude-sonnet-4-5", "max_tokens": 1024, "stream": True,
        "system": note, "messages": [
            {"role": "user", "content": "go on"},
            {"role": "assistant", "content": [{"type": "text", "text": s}]}]}),
    "anthropic tool result": _whole(lambda note, s: {
        "model": "claude-sonnet-4-5", "max_tokens": 1024, "messages": [
            {"role": "user", "content": note},
            {"role": "assistant", "content": [
                {"type": "tool_use", "id": "toolu_1", "name": "bash",
                 "input": {"command": "cat notes"}}]},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": "toolu_1",
                 "content": [{"type": "text", "text": s}]}]}]}),
    "openai chat request": _whole(lambda note, s: {
        "model": "gpt-4.1", "messages": [
            {"role": "system", "content": note},
            {"role": "assistant", "content": None, "tool_calls": [
                {"id": "call_1", "type": "function", "function": {
                    "name": "run", "arguments": json.dumps({"c": s})}}]},
            {"role": "tool", "tool_call_id": "call_1", "content": "ok"}]}),
    "openai responses request": _whole(lambda note, s: {
        "model": "gpt-4.1", "instructions": note, "input": [
            {"type": "message", "role": "user", "content": [
                {"type": "input_text", "text": s}]}]}),
    "gemini request": _whole(lambda note, s: {
        "system_instruction": {"parts": [{"text": note}]},
        "contents": [{"role": "user", "parts": [{"text": s}]}]}),
    "ollama request": _whole(lambda note, s: {
        "model": "llama3.2", "messages": [
            {"role": "system", "content": note},
            {"role": "user", "content": s}], "stream": False}),
}

# what comes back in one piece

RESPONSE = {
    "anthropic answer": _whole(lambda note, s: {
        "id": "msg_1", "type": "message", "role": "assistant", "content": [
            {"type": "text", "text": note}, {"type": "text", "text": s}],
        "stop_reason": "end_turn",
        "usage": {"input_tokens": 9, "output_tokens": 9}}),
    "anthropic tool use": _whole(lambda note, s: {
        "id": "msg_1", "type": "message", "role": "assistant", "content": [
            {"type": "text", "text": note},
            {"type": "tool_use", "id": "toolu_1", "name": "bash",
             "input": {"command": s}}], "stop_reason": "tool_use"}),
    "openai chat answer": _whole(lambda note, s: {
        "id": "chatcmpl-1", "object": "chat.completion", "choices": [
            {"index": 0, "message": {"role": "assistant", "content": note +
                                     s}, "finish_reason": "stop"}]}),
    "openai chat tool call": _whole(lambda note, s: {
        "id": "chatcmpl-1", "object": "chat.completion", "choices": [
            {"index": 0, "message": {"role": "assistant", "content": note,
             "tool_calls": [{"id": "call_1", "type": "function", "function": {
                 "name": "run", "arguments": json.dumps({"c": s})}}]}}]}),
    "openai responses answer": _whole(lambda note, s: {
        "id": "resp_1", "object": "response", "output": [
            {"type": "reasoning", "summary": [note]},
            {"type": "message", "role": "assistant", "content": [
                {"type": "output_text", "text": s, "annotations": []}]}]}),
    "openai responses call": _whole(lambda note, s: {
        "id": "resp_1", "object": "response", "instructions": note,
        "output": [{"type": "function_call", "call_id": "call_1",
                    "name": "run", "arguments": json.dumps({"c": s})}]}),
    "gemini answer": _whole(lambda note, s: {
        "candidates": [{"content": {"role": "model", "parts": [
            {"text": note, "thought": True}, {"text": s}]}, "index": 0}]}),
    "gemini call": _whole(lambda note, s: {
        "candidates": [{"content": {"role": "model", "parts": [
            {"text": note}, {"functionCall": {
                "name": "run", "args": {"c": s}}}]}, "index": 0}]}),
    "ollama answer": _whole(lambda note, s: {
        "model": "llama3.2", "thinking": note, "message": {
            "role": "assistant", "content": s}, "done": True}),
}


# streams

def _sse(rnd, events, before, named=True):
    """before: how many of the events come before the text's first.  Returns
    the pieces and the index of that first one among them."""
    eol = b"\r\n" if rnd.random() < 0.2 else b"\n"
    space = b"" if rnd.random() < 0.2 else b" "
    out, first = [], 0
    for i, o in enumerate(events):
        if i == before:
            first = len(out)
        if rnd.random() < 0.05:
            out.append(b": keep-alive" + eol + eol)
        data = o if isinstance(o, bytes) else _dump(rnd, o)
        piece = b""
        if named and isinstance(o, dict) and "type" in o:
            piece += b"event:" + space + o["type"].encode() + eol
        if rnd.random() < 0.05:
            # two data lines are joined by a line feed, which JSON skips
            data = re.sub(rb'^(\{"\w+":) ?',
                          rb"\1 " + eol + b"data:" + space, data)
        out.append(piece + b"data:" + space + data + eol + eol)
    return out, first


def _stream(build, sse=True, named=False, ctype="text/event-stream"):
    """build(rnd, note, deltas) -> events, index of the first delta, of the
    first after the last delta."""
    def frame(rnd, text, n):
        note = words(rnd, n).decode()
        events, first, last = build(rnd, note, script(text).decode())
        if sse:
            pieces, at = _sse(rnd, events, first, named)
            # the same seed would do, but comments shift: count from the end
            end = len(pieces) - (len(events) - last)
        else:
            pieces = [_dump(rnd, e) + b"\n" for e in events]
            at, end = first, last
        start = sum(map(len, pieces[:at]))
        edges, total = [], 0
        for p in pieces:
            total += len(p)
            edges.append(total)
        span = (start, max(start + 1, sum(map(len, pieces[:end]))))
        return ctype, b"".join(pieces), span, edges
    return frame


def _anthropic(kind):
    def build(rnd, note, text):
        if kind == "tool":
            args = json.dumps({"command": text})
            deltas = [{"type": "input_json_delta", "partial_json": p}
                      for p in [""] + _pieces(rnd, args)]
            block = {"type": "tool_use", "id": "toolu_1", "name": "bash",
                     "input": {}}
        elif kind == "thinking":
            deltas = [{"type": "thinking_delta", "thinking": p}
                      for p in _pieces(rnd, text)]
            block = {"type": "thinking", "thinking": "", "signature": ""}
        else:
            deltas = [{"type": "text_delta", "text": p}
                      for p in _pieces(rnd, text)]
            block = {"type": "text", "text": ""}
        events = [
            {"type": "message_start", "message": {
                "id": "msg_1", "type": "message", "role": "assistant",
                "content": [], "usage": {"input_tokens": 1}}},
            {"type": "content_block_start", "index": 0, "content_block":
             {"type": "text", "text": ""}},
            {"type": "ping"},
            {"type": "content_block_delta", "index": 0, "delta":
             {"type": "text_delta", "text": note}},
            {"type": "content_block_stop", "index": 0},
            {"type": "content_block_start", "index": 1,
             "content_block": block}]
        first = len(events)
        events += [{"type": "content_block_delta", "index": 1, "delta": d}
                   for d in deltas]
        last = len(events)
        events += [{"type": "content_block_stop", "index": 1},
                   {"type": "message_delta", "delta":
                    {"stop_reason": "end_turn"}},
                   {"type": "message_stop"}]
        return events, first, last
    return build


def _chat(kind):
    def build(rnd, note, text):
        def chunk(delta, index=0, finish=None):
            return {"id": "chatcmpl-1", "object": "chat.completion.chunk",
                    "created": 1, "model": "gpt-4.1", "choices": [
                        {"index": index, "delta": delta,
                         "finish_reason": finish}]}
        events = [chunk({"role": "assistant", "content": ""}),
                  chunk({"content": note})]
        if kind == "tool":
            events.append(chunk({"tool_calls": [
                {"index": 0, "id": "call_0", "type": "function",
                 "function": {"name": "look", "arguments": "{}"}}]}))
            events.append(chunk({"tool_calls": [
                {"index": 1, "id": "call_1", "type": "function",
                 "function": {"name": "run", "arguments": ""}}]}))
        first = len(events)
        args = json.dumps({"command": text})
        for p in _pieces(rnd, args if kind == "tool" else text):
            if kind == "tool":
                events.append(chunk({"tool_calls": [
                    {"index": 1, "function": {"arguments": p}}]}))
            elif kind == "reasoning":
                events.append(chunk({"reasoning_content": p}))
            else:
                events.append(chunk({"content": p}))
            if kind == "choices":	# another answer at the same time
                events.append(chunk({"content": rnd.choice(
                    ("well", " so", " the", ", as"))}, 1))
        last = len(events)
        events += [chunk({}, 0, "stop"), b"[DONE]"]
        return events, first, last
    return build


def _responses(kind):
    def build(rnd, note, text):
        n = 0

        def event(name, **more):
            nonlocal n
            n += 1
            return dict({"type": "response." + name, "sequence_number": n},
                        **more)
        events = [event("created", response={"id": "resp_1", "output": []}),
                  event("output_item.added", output_index=0, item={
                      "id": "msg_1", "type": "message", "content": []}),
                  event("output_text.delta", item_id="msg_1", output_index=0,
                        content_index=0, delta=note)]
        first = len(events)
        if kind == "call":
            args = json.dumps({"command": text})
            for p in _pieces(rnd, args):
                events.append(event("function_call_arguments.delta",
                                    item_id="fc_1", output_index=1, delta=p))
            last = len(events)
            done = event("function_call_arguments.done", item_id="fc_1",
                         output_index=1, arguments=args)
        elif kind == "reasoning":
            for p in _pieces(rnd, text):
                events.append(event("reasoning_summary_text.delta",
                                    item_id="rs_1", output_index=1,
                                    summary_index=0, delta=p))
            last = len(events)
            done = event("reasoning_summary_text.done", item_id="rs_1",
                         output_index=1, summary_index=0, text=text)
        else:
            for p in _pieces(rnd, text):
                events.append(event("output_text.delta", item_id="msg_2",
                                    output_index=1, content_index=0, delta=p))
            last = len(events)
            done = event("output_text.done", item_id="msg_2", output_index=1,
                         content_index=0, text=text)
        # the whole text again, which is the same finding; or a broken stream
        if rnd.random() < 0.5:
            events.append(done)
        return events, first, last
    return build


def _gemini(rnd, note, text):
    def chunk(part):
        return {"candidates": [{"content": {"parts": [part],
                                            "role": "model"}, "index": 0}],
                "modelVersion": "gemini-2.5-pro"}
    events = [chunk({"text": note, "thought": True})]
    first = len(events)
    events += [chunk({"text": p}) for p in _pieces(rnd, text)]
    last = len(events)
    events.append({"candidates": [{"finishReason": "STOP", "index": 0}]})
    return events, first, last


def gemini_array(rnd, text, n):
    """The stream without alt=sse: one array, an element at a time."""
    events, first, last = _gemini(rnd, words(rnd, n).decode(),
                                  script(text).decode())
    pieces = [(b"[" if i == 0 else b",\r\n") + json.dumps(e, indent=2).encode()
              for i, e in enumerate(events)] + [b"\n]\n"]
    edges, total = [], 0
    for p in pieces:
        total += len(p)
        edges.append(total)
    return ("application/json", b"".join(pieces),
            (edges[first - 1], edges[last - 1]), edges)


def _ollama(kind):
    def build(rnd, note, text):
        def chunk(s, done=False):
            o = {"model": "llama3.2", "created_at": "2026-01-01T00:00:00Z"}
            if kind == "generate":
                o["response"] = s
            elif kind == "thinking":
                o["message"] = {"role": "assistant", "content": "",
                                "thinking": s}
            else:
                o["message"] = {"role": "assistant", "content": s}
            o["done"] = done
            return o
        events = [chunk(note)]
        first = len(events)
        events += [chunk(p) for p in _pieces(rnd, text)]
        last = len(events)
        events.append(chunk("", True))
        return events, first, last
    return build


def _wrapped(wrap):
    """Formats that differ in where the piece is, and in nothing else."""
    def build(rnd, note, text):
        events = [wrap(note)]
        events += [wrap(p) for p in _pieces(rnd, text)]
        return events, 1, len(events)
    return build


_assistants = _wrapped(lambda p: {
    "object": "thread.message.delta", "delta": {"content": [
        {"index": 0, "type": "text", "text": {"value": p}}]}})
_gemini_code = _wrapped(lambda p: {"candidates": [{"content": {"parts": [
    {"executableCode": {"language": "PYTHON", "code": p}}]}}]})
_bedrock_text = _wrapped(lambda p: {"contentBlockDelta": {
    "contentBlockIndex": 1, "delta": {"text": p}}})
_bedrock_tool = _wrapped(lambda p: {"contentBlockDelta": {
    "contentBlockIndex": 1, "delta": {"toolUse": {"input": p}}}})


# "Event stream encoding" of Amazon's developer guides

def _amazon(kind, o):
    head = b""
    for name, value in ((":event-type", kind),
                        (":content-type", "application/json"),
                        (":message-type", "event")):
        head += (bytes([len(name)]) + name.encode() + b"\7" +
                 struct.pack(">H", len(value)) + value.encode())
    body = json.dumps(o, separators=(",", ":")).encode()
    all = struct.pack(">II", 16 + len(head) + len(body), len(head))
    all += struct.pack(">I", binascii.crc32(all)) + head + body
    return all + struct.pack(">I", binascii.crc32(all))


def _eventstream(build):
    """build(rnd, note, text) -> messages, index of the text's first, of the
    first after its last."""
    def frame(rnd, text, n):
        pieces, at, end = build(rnd, words(rnd, n).decode(),
                                script(text).decode())
        edges, total = [], 0
        for p in pieces:
            total += len(p)
            edges.append(total)
        return ("application/vnd.amazon.eventstream", b"".join(pieces),
                (sum(map(len, pieces[:at])), edges[end - 1]), edges)
    return frame


def _padding(rnd):
    return "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNO"[:rnd.randrange(2, 40)]


def _converse(kind):
    def build(rnd, note, text):
        def delta(index, d):
            return _amazon("contentBlockDelta", {
                "contentBlockIndex": index, "delta": d, "p": _padding(rnd)})
        out = [_amazon("messageStart", {"role": "assistant"}),
               delta(0, {"text": note})]
        if kind == "tool":
            out += [delta(1, {"toolUse": {"input": p}})
                    for p in _pieces(rnd, json.dumps({"command": text}))]
        elif kind == "reasoning":
            out += [delta(1, {"reasoningContent": {"text": p}})
                    for p in _pieces(rnd, text)]
        else:
            out += [delta(1, {"text": p}) for p in _pieces(rnd, text)]
        last = len(out)
        return out + [_amazon("messageStop", {"stopReason": "end_turn"})], 2, \
            last
    return build


def _invoke(inner):
    """The model's own events, in base64."""
    def build(rnd, note, text):
        events, first, last = inner(rnd, note, text)
        return [_amazon("chunk", {
            "bytes": base64.b64encode(_dump(rnd, e)).decode(),
            "p": _padding(rnd)}) for e in events], first, last
    return build


# "Stream Protocols" of the AI SDK

def _lines(kind):
    def frame(rnd, text, n):
        note = words(rnd, n).decode()
        if kind == "c":
            deltas = ['c:' + json.dumps({"toolCallId": "call_1",
                                         "argsTextDelta": p})
                      for p in _pieces(rnd, json.dumps(
                          {"command": script(text).decode()}))]
        else:
            deltas = [kind + ":" + json.dumps(p)
                      for p in _pieces(rnd, script(text).decode())]
        pieces = [p.encode() + b"\n" for p in
                  ['f:{"messageId":"msg-1"}', "0:" + json.dumps(note)] +
                  deltas + ['d:{"finishReason":"stop"}']]
        edges, total = [], 0
        for p in pieces:
            total += len(p)
            edges.append(total)
        return ("text/plain", b"".join(pieces), (edges[1], edges[-2]), edges)
    return frame


def _ui_message(kind):
    def build(rnd, note, text):
        events = [{"type": "start", "messageId": "msg_1"},
                  {"type": "text-delta", "id": "t1", "delta": note}]
        if kind == "tool":
            events += [{"type": "tool-input-delta", "toolCallId": "call_1",
                        "inputTextDelta": p}
                       for p in _pieces(rnd, json.dumps({"command": text}))]
        else:
            events += [{"type": kind + "-delta", "id": "t2", "delta": p}
                       for p in _pieces(rnd, text)]
        last = len(events)
        return events + [{"type": "finish"}, b"[DONE]"], 2, last
    return build


_cohere = _wrapped(lambda p: {"type": "content-delta", "index": 0, "delta": {
    "message": {"content": {"text": p}}}})
_cohere_tool = _wrapped(lambda p: {"type": "tool-call-delta", "index": 0,
                                   "delta": {"message": {"tool_calls": {
                                       "function": {"arguments": p}}}}})
_watsonx = _wrapped(lambda p: {"results": [{"generated_text": p}]})


STREAM = {
    "anthropic text": _stream(_anthropic("text"), named=True),
    "anthropic thinking": _stream(_anthropic("thinking"), named=True),
    "anthropic tool input": _stream(_anthropic("tool"), named=True),
    "openai chat text": _stream(_chat("text")),
    "openai chat two choices": _stream(_chat("choices")),
    "openai chat reasoning": _stream(_chat("reasoning")),
    "openai chat tool arguments": _stream(_chat("tool")),
    "openai responses text": _stream(_responses("text"), named=True),
    "openai responses arguments": _stream(_responses("call"), named=True),
    "openai responses reasoning": _stream(_responses("reasoning"),
                                          named=True),
    "gemini sse": _stream(_gemini),
    "gemini code": _stream(_gemini_code),
    "gemini array": gemini_array,
    "openai assistants": _stream(_assistants),
    "bedrock text": _stream(_bedrock_text, False,
                            ctype="application/x-ndjson"),
    "bedrock tool input": _stream(_bedrock_tool, False,
                                  ctype="application/x-ndjson"),
    "bedrock converse text": _eventstream(_converse("text")),
    "bedrock converse tool": _eventstream(_converse("tool")),
    "bedrock converse reasoning": _eventstream(_converse("reasoning")),
    "bedrock invoke anthropic": _eventstream(_invoke(_anthropic("text"))),
    "bedrock invoke tool": _eventstream(_invoke(_anthropic("tool"))),
    "ai sdk text": _lines("0"),
    "ai sdk reasoning": _lines("g"),
    "ai sdk tool": _lines("c"),
    "ai sdk ui text": _stream(_ui_message("text")),
    "ai sdk ui reasoning": _stream(_ui_message("reasoning")),
    "ai sdk ui tool": _stream(_ui_message("tool")),
    "cohere text": _stream(_cohere),
    "cohere tool": _stream(_cohere_tool),
    "watsonx": _stream(_watsonx),
    "ollama chat": _stream(_ollama("chat"), False,
                           ctype="application/x-ndjson"),
    "ollama generate": _stream(_ollama("generate"), False,
                               ctype="application/x-ndjson"),
    "ollama thinking": _stream(_ollama("thinking"), False,
                               ctype="application/x-ndjson"),
}
