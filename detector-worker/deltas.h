/*
 * Copyright (c) 2026 The NanoClaw Traffic Guardian developers
 *
 * Permission to use, copy, modify, and distribute this software for any
 * purpose with or without fee is hereby granted, provided that the above
 * copyright notice and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
 * WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
 * MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
 * ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
 * WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
 * ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
 * OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
 */


#ifndef DELTAS_H
#define DELTAS_H

/*
 * Texts that come in pieces, an event each: what a language model says, and
 * the arguments of the tools it calls.  No event holds all of it, so what is
 * said has to be joined before it is looked at, block by block.
 *
 * The formats differ in names, not in kind: an event is a JSON object in which
 * a string under a known key is the next piece of a block, and numbers and ids
 * beside it, or around it, say of which one.  So a block is known by the path
 * to its piece and by all those on the way:
 *
 *   Anthropic	index; delta.text, .thinking, .partial_json
 *   OpenAI	choices[].index, .delta.content, .refusal, .reasoning,
 *		.tool_calls[].index, .function.arguments; choices[].text
 *   Responses	type, item_id, output_index, content_index; delta
 *   Assistants	delta.content[].index, .text.value
 *   Gemini	candidates[].index, .content.parts[].text,
 *		.executableCode.code
 *   Bedrock	contentBlockIndex; delta.text, .toolUse.input
 *   Ollama	message.content, .thinking; response; thinking
 *   AI SDK	type; delta; toolCallId, .inputTextDelta, .argsTextDelta
 *   others	token.text, completion, results[].generated_text,
 *		delta.message.content.text ...
 *
 * They come as SSE, as NDJSON, as the elements of one array, or as WebSocket
 * messages.  A lone object is no stream, and nothing is joined with it.
 */

#include <stddef.h>
#include <stdint.h>

#include "json.h"

struct block;
struct pending;
struct scan;
struct view;

#define DELTAS_BLOCKS	8	/* open at once */

/* In the place of a joined text. */
extern const char		 deltas_name[];

extern const struct json_key	 deltas_keys[];
extern const size_t		 deltas_nkeys;

/* Part of the state of who reads the JSON texts of a view; zeroed at first. */
struct deltas {
	struct {
		uint64_t	 which;	/* ids and numbers in this container */
		uint8_t		 first;	/* piece inside of it */
	}		 level[JSON_PATH_MAX];
	uint64_t	 hash;		/* of a string id, so far */
	uint64_t	 events;
	struct pending	*pending;	/* pieces of this event */
	struct block	*blocks;
	uint64_t	 lone;		/* key of its only piece, or 0 */
	uint8_t		 began;		/* there is something in the event */
	uint8_t		 held;		/* pending is that of the first one */
	uint8_t		 open;		/* a piece goes on, */
	uint8_t		 id;		/* or what tells which block */
};

/* From the callbacks of the same names (see json.h), in is the view read. */
void	 deltas_begin(struct deltas *, struct json *, struct view *in);
void	 deltas_end(struct deltas *, struct json *);
void	 deltas_scalar(struct deltas *, struct json *, const char *, size_t);
/* Whether the bytes are of a piece. */
int	 deltas_string(struct deltas *, struct json *, const uint8_t *,
	    size_t, int part);
/* The event is complete, or what there was of it. */
void	 deltas_event(struct deltas *, struct view *in);
/*
 * Instead of all that, for an event that differs from an earlier one in its
 * only piece: the next of that block.  The key is what deltas_event() left in
 * lone for the earlier one.  0, or -1: the event has to be read.
 */
int	 deltas_next(struct deltas *, uint64_t key, const uint8_t *, size_t,
	    struct view *in);
/*
 * Pieces wait for more of their block: at the end of each call that scans, for
 * no longer than that.
 */
void	 deltas_flush(struct scan *);
/* Ends the blocks if the scan has ended, and forgets them. */
void	 deltas_free(struct deltas *, struct view *in);

#endif /* DELTAS_H */
