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


#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "compat.h"
#include "deltas.h"
#include "scan_private.h"
#include "view.h"

#define PIECES_MAX	16	/* in one event */
#define PIECE_HEAD	2048	/* of a long one, its ends: joints are there */
#define PIECE_TAIL	1024
#define PENDING_MAX	8192	/* bytes of all of them, */
#define PENDING_MIN	512	/* and room for so many at first */
#define RECENT		64	/* events after which a block is over */
#define GATHER		16384	/* bytes of one block that are fed at once */

enum {
	K_ARGS_DELTA = 1, K_ARGUMENTS, K_BLOCK_INDEX, K_CANDIDATES, K_CHOICES,
	K_CODE, K_COMPLETION, K_CONTENT, K_CONTENT_BLOCK, K_CONTENT_INDEX,
	K_DELTA, K_EXECUTABLE, K_FUNCTION, K_FUNCTION_CALL, K_GENERATED,
	K_INDEX, K_INPUT, K_INPUT_DELTA, K_ITEM_ID, K_MESSAGE, K_OUTPUT_INDEX,
	K_PARTIAL_JSON, K_PARTS, K_REASONING, K_REASONING_CONTENT, K_REFUSAL,
	K_RESPONSE, K_SUMMARY_INDEX, K_TEXT, K_THINKING, K_TOKEN,
	K_TOOL_CALL_ID, K_TOOL_USE, K_TOOL_CALLS, K_TRANSCRIPT, K_TYPE,
	K_VALUE
};

const struct json_key	 deltas_keys[] = {
	{ "argsTextDelta", K_ARGS_DELTA },
	{ "arguments", K_ARGUMENTS },
	{ "candidates", K_CANDIDATES },
	{ "choices", K_CHOICES },
	{ "code", K_CODE },
	{ "completion", K_COMPLETION },
	{ "content", K_CONTENT },
	{ "contentBlockIndex", K_BLOCK_INDEX },
	{ "content_block", K_CONTENT_BLOCK },
	{ "content_index", K_CONTENT_INDEX },
	{ "delta", K_DELTA },
	{ "executableCode", K_EXECUTABLE },
	{ "function", K_FUNCTION },
	{ "function_call", K_FUNCTION_CALL },
	{ "generated_text", K_GENERATED },
	{ "index", K_INDEX },
	{ "input", K_INPUT },
	{ "inputTextDelta", K_INPUT_DELTA },
	{ "item_id", K_ITEM_ID },
	{ "message", K_MESSAGE },
	{ "output_index", K_OUTPUT_INDEX },
	{ "partial_json", K_PARTIAL_JSON },
	{ "parts", K_PARTS },
	{ "reasoning", K_REASONING },
	{ "reasoning_content", K_REASONING_CONTENT },
	{ "refusal", K_REFUSAL },
	{ "response", K_RESPONSE },
	{ "summary_index", K_SUMMARY_INDEX },
	{ "text", K_TEXT },
	{ "thinking", K_THINKING },
	{ "token", K_TOKEN },
	{ "toolCallId", K_TOOL_CALL_ID },
	{ "toolUse", K_TOOL_USE },
	{ "tool_calls", K_TOOL_CALLS },
	{ "transcript", K_TRANSCRIPT },
	{ "type", K_TYPE },
	{ "value", K_VALUE }
};
const size_t	 deltas_nkeys = sizeof(deltas_keys) / sizeof(deltas_keys[0]);

struct piece {
	uint64_t	 key;		/* of its block */
	uint16_t	 off;
	uint16_t	 len;
	uint16_t	 head;		/* bytes before the cut, if cut */
	uint8_t		 cut;
};

struct pending {
	unsigned int	 npieces;
	unsigned int	 missed;	/* for want of room */
	size_t		 len;
	struct piece	 piece[PIECES_MAX];
	size_t		 size;
	uint8_t		*buf;
};

struct block {
	uint64_t	 key;
	uint64_t	 last;		/* event with a piece of it */
	struct view	*view;		/* NULL: free */
};

/*
 * Pieces of one block, until another block has some or the call ends: one
 * look at all of them costs little more than one at each.  The detector has
 * one, which is empty between calls.
 */
struct gather {
	struct block	*block;		/* NULL: nothing */
	size_t		 len;
	uint8_t		 fresh[GATHER / 8];
	uint8_t		 buf[GATHER];
};

const char	 deltas_name[] = "deltas";

static const struct decoder	 deltas_decoder = {
	.name = deltas_name, .kind = DECODER_SHAPE
};

/* --- which block --------------------------------------------------------- */

static uint64_t
mix(uint64_t h, const void *data, size_t len)
{
	const uint8_t	*p = data;

	while (len-- > 0)
		h = (h ^ *p++) * UINT64_C(1099511628211);
	return (h);
}

static uint64_t
mix_number(uint64_t h, uint64_t n)
{
	return (mix(h, &n, sizeof(n)));
}

/* The way to a value.  An element of an outermost array is an event. */
static uint64_t
path_hash(const struct json *j)
{
	uint64_t	 h = UINT64_C(14695981039346656037);
	unsigned int	 l;
	uint8_t		 step;

	for (l = json_in_array(j, 0) ? 1 : 0; l < json_depth(j); l++) {
		step = json_in_array(j, l) ? 0xff : (uint8_t)json_key(j, l);
		h = mix(h, &step, 1);
	}
	return (h);
}

/* Names that are too common to say anything by themselves. */
static int
is_piece_of(const struct json *j, unsigned int container)
{
	unsigned int	 depth = json_depth(j);

	return (depth >= 2 && depth <= JSON_PATH_MAX &&
	    json_key(j, depth - 2) == container);
}

static int
is_piece(const struct json *j)
{
	switch (json_name(j)) {
	case K_CODE:
		return (is_piece_of(j, K_EXECUTABLE));
	case K_INPUT:
		return (is_piece_of(j, K_TOOL_USE));
	case K_VALUE:
		return (is_piece_of(j, K_TEXT));
	case K_ARGS_DELTA:
	case K_ARGUMENTS:
	case K_COMPLETION:
	case K_CONTENT:
	case K_DELTA:
	case K_GENERATED:
	case K_INPUT_DELTA:
	case K_PARTIAL_JSON:
	case K_REASONING:
	case K_REASONING_CONTENT:
	case K_REFUSAL:
	case K_RESPONSE:
	case K_TEXT:
	case K_THINKING:
	case K_TRANSCRIPT:
		return (json_depth(j) <= JSON_PATH_MAX);
	}
	return (0);
}

/* Does the value tell which block?  A type does in the event itself only. */
static int
is_which(const struct json *j)
{
	switch (json_name(j)) {
	case K_BLOCK_INDEX:
	case K_CONTENT_INDEX:
	case K_INDEX:
	case K_ITEM_ID:
	case K_OUTPUT_INDEX:
	case K_SUMMARY_INDEX:
	case K_TOOL_CALL_ID:
		return (1);
	case K_TYPE:
		return (json_depth(j) == 1u + (unsigned)json_in_array(j, 0));
	}
	return (0);
}

/* The order in which they come does not matter. */
static void
which_add(struct deltas *d, const struct json *j, uint64_t value)
{
	d->level[json_depth(j) - 1].which +=
	    mix_number(json_name(j), value) | 1;
}

void
deltas_begin(struct deltas *d, struct json *j, struct view *in)
{
	unsigned int	 l = json_depth(j);

	if (d->held && l == (unsigned int)json_in_array(j, 0)) {
		/* A second event: it is a stream. */
		d->held = 0;
		d->began = 1;
		d->events = 1;
		deltas_event(d, in);
	}
	d->began = 1;
	if (l >= JSON_PATH_MAX)
		return;
	d->level[l].which = 0;
	d->level[l].first = d->pending == NULL ? 0 :
	    (uint8_t)d->pending->npieces;
}

/* A container is complete: all it says about the pieces inside is known. */
void
deltas_end(struct deltas *d, struct json *j)
{
	unsigned int	 l = json_depth(j), i;
	uint64_t	 which;

	if (l >= JSON_PATH_MAX || d->pending == NULL)
		return;
	which = d->level[l].which;
	if (which == 0 && l > 1 && json_in_array(j, l - 1))
		which = json_index(j, l - 1) + 1u;
	if (which == 0)
		return;
	for (i = d->level[l].first; i < d->pending->npieces; i++)
		d->pending->piece[i].key = mix_number(
		    d->pending->piece[i].key + l, which);
}

void
deltas_scalar(struct deltas *d, struct json *j, const char *p, size_t len)
{
	if (json_depth(j) > 0 && is_which(j))
		which_add(d, j, mix(0, p, len));
}

/* --- pieces -------------------------------------------------------------- */

static int
piece_begin(struct deltas *d, struct json *j)
{
	struct pending	*w = d->pending;
	struct piece	*p;

	if (w == NULL && (w = d->pending = calloc(1, sizeof(*w))) == NULL)
		return (0);
	if (w->npieces == PIECES_MAX ||
	    PENDING_MAX - w->len < PIECE_HEAD + PIECE_TAIL) {
		w->missed++;
		return (0);
	}
	p = &w->piece[w->npieces++];
	memset(p, 0, sizeof(*p));
	p->key = path_hash(j);
	p->off = (uint16_t)w->len;
	return (1);
}

/* Room for len bytes, at most PENDING_MAX; 0, or -1 if memory is short. */
static int
pending_room(struct pending *w, size_t len)
{
	uint8_t	*p;
	size_t	 size = w->size == 0 ? PENDING_MIN : w->size;

	while (size < len)
		size *= 2;
	if (size == w->size)
		return (0);
	if ((p = malloc(size)) == NULL)
		return (-1);
	if (w->len > 0)
		memcpy(p, w->buf, w->len);
	freezero(w->buf, w->size);
	w->buf = p;
	w->size = size;
	return (0);
}

static void
piece_add(struct pending *w, const uint8_t *data, size_t len)
{
	struct piece	*p = &w->piece[w->npieces - 1];
	uint8_t		*buf;
	size_t		 n, keep;

	n = PIECE_HEAD + PIECE_TAIL - p->len;
	if (n > len)
		n = len;
	if (pending_room(w, w->len + n) == -1) {
		w->missed++;
		return;
	}
	buf = w->buf + p->off;
	memcpy(buf + p->len, data, n);
	p->len += (uint16_t)n;
	w->len += n;
	data += n;
	if ((len -= n) == 0)
		return;
	/* Too long: the end takes the place of the middle. */
	p->cut = 1;
	p->head = PIECE_HEAD;
	buf += PIECE_HEAD;
	if (len > PIECE_TAIL) {
		data += len - PIECE_TAIL;
		len = PIECE_TAIL;
	}
	keep = PIECE_TAIL - len;
	memmove(buf, buf + len, keep);
	memcpy(buf + keep, data, len);
}

int
deltas_string(struct deltas *d, struct json *j, const uint8_t *p, size_t len,
    int part)
{
	int	 piece;

	if (part & JSON_FIRST) {
		d->hash = 0;
		d->open = d->id = 0;
		/* Most are neither, which their name tells. */
		if (json_name(j) == 0)
			return (0);
		d->open = is_piece(j) && piece_begin(d, j);
		d->id = (uint8_t)is_which(j);
	}
	if ((piece = d->open))
		piece_add(d->pending, p, len);
	if (d->id) {
		d->hash = mix(d->hash, p, len);
		if (part & JSON_LAST)
			which_add(d, j, d->hash);
	}
	if (part & JSON_LAST)
		d->open = 0;
	return (piece);
}

/* --- blocks -------------------------------------------------------------- */

static void
gather_empty(struct gather *g)
{
	OPENSSL_cleanse(g->buf, g->len);
	memset(g->fresh, 0, (g->len + 7) / 8);
	g->len = 0;
	g->block = NULL;
}

void
deltas_flush(struct scan *scan)
{
	struct gather	*g = scan->rules->gather;

	if (g == NULL || g->block == NULL)
		return;
	view_feed(g->block->view, g->buf, g->len, g->fresh);
	gather_empty(g);
}

/* Without memory for more. */
static void
piece_alone(struct block *b, const uint8_t *p, size_t len, int fresh)
{
	uint8_t	 bits[(PIECE_HEAD + PIECE_TAIL) / 8] = { 0 };

	bits[0] = fresh != 0;
	view_feed(b->view, p, len, bits);
}

/* The next bytes of a block; the first of them may be a fresh one. */
static void
gather_add(struct scan *scan, struct block *b, const uint8_t *p, size_t len,
    int fresh)
{
	struct gather	*g = scan->rules->gather;

	if (g == NULL && (g = scan->rules->gather = calloc(1,
	    sizeof(*g))) == NULL) {
		piece_alone(b, p, len, fresh);
		return;
	}
	if (g->block != NULL && (g->block != b || len > GATHER - g->len))
		deltas_flush(scan);
	if (fresh)
		g->fresh[g->len / 8] |= (uint8_t)(1 << g->len % 8);
	memcpy(g->buf + g->len, p, len);
	g->len += len;
	g->block = b;
}

static void
block_close(struct block *b, int ended)
{
	struct gather	*g;

	if (b->view == NULL)
		return;
	g = view_scan(b->view)->rules->gather;
	if (g != NULL && g->block == b) {
		if (ended)
			deltas_flush(view_scan(b->view));
		else
			gather_empty(g);
	}
	if (ended)
		view_end(b->view);
	view_free(b->view);
	b->view = NULL;
}

static struct block *
block_get(struct deltas *d, uint64_t key, struct view *in, size_t len)
{
	struct decoding	 at;
	struct block	*b, *use = NULL;

	if (d->blocks == NULL && (d->blocks = calloc(DELTAS_BLOCKS,
	    sizeof(*d->blocks))) == NULL) {
		scan_note_gap(view_scan(in), SCAN_GAP_MEMORY, len);
		return (NULL);
	}
	for (b = d->blocks; b < d->blocks + DELTAS_BLOCKS; b++) {
		if (b->view != NULL && b->key == key)
			return (b);
		if (use == NULL || (use->view != NULL &&
		    (b->view == NULL || b->last < use->last)))
			use = b;
	}
	if (use->view != NULL) {
		/* If more comes of it, that is another text. */
		if (d->events - use->last < RECENT)
			scan_note_gap(view_scan(in), SCAN_GAP_BLOCKS, 0);
		block_close(use, 1);
	}
	memset(&at, 0, sizeof(at));
	at.decoder = &deltas_decoder;
	at.in = in;
	use->key = key;
	use->last = 0;
	return ((use->view = view_child(&at, len)) == NULL ? NULL : use);
}

/* What is new is where two pieces meet; the rest was seen where it stood. */
static void
block_feed(struct deltas *d, const struct pending *w, const struct piece *p,
    struct view *in)
{
	struct scan	*scan = view_scan(in);
	struct block	*b;
	size_t		 n = p->cut ? p->head : p->len;
	int		 fresh;

	if (p->len == 0 || (b = block_get(d, p->key, in, p->len)) == NULL)
		return;
	fresh = b->last != 0;
	b->last = d->events;
	gather_add(scan, b, w->buf + p->off, n, fresh);
	if (!p->cut)
		return;
	deltas_flush(scan);
	view_gap(b->view);
	gather_add(scan, b, w->buf + p->off + n, p->len - n, 0);
}

int
deltas_next(struct deltas *d, uint64_t key, const uint8_t *p, size_t len,
    struct view *in)
{
	struct block	*b;
	int		 fresh;

	if (d->events == 0 || d->held || d->began || len > PIECE_HEAD)
		return (-1);
	d->events++;
	if (len == 0 || (b = block_get(d, key, in, len)) == NULL)
		return (0);
	fresh = b->last != 0;
	b->last = d->events;
	gather_add(view_scan(in), b, p, len, fresh);
	return (0);
}

void
deltas_event(struct deltas *d, struct view *in)
{
	struct pending	*w = d->pending;
	unsigned int	 i;

	d->open = 0;
	d->lone = 0;
	if (!d->began)
		return;
	d->began = 0;
	if (d->events == 0) {
		d->held = 1;
		return;
	}
	d->events++;
	if (w == NULL)
		return;
	if (w->npieces == 1 && w->missed == 0)
		d->lone = w->piece[0].key;
	for (i = 0; i < w->npieces; i++)
		block_feed(d, w, &w->piece[i], in);
	if (w->missed > 0)
		scan_note_gap(view_scan(in), SCAN_GAP_BLOCKS, 0);
	if (w->len > 0)
		OPENSSL_cleanse(w->buf, w->len);
	w->len = 0;
	w->npieces = w->missed = 0;
}

void
deltas_free(struct deltas *d, struct view *in)
{
	unsigned int	 i;

	if (d->pending != NULL)
		freezero(d->pending->buf, d->pending->size);
	freezero(d->pending, sizeof(*d->pending));
	d->pending = NULL;
	if (d->blocks == NULL)
		return;
	for (i = 0; i < DELTAS_BLOCKS; i++)
		block_close(&d->blocks[i], view_scan(in)->ended);
	free(d->blocks);
	d->blocks = NULL;
}
