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

#ifndef VIEW_H
#define VIEW_H

/*
 * The tree of views.  A view is a text: the body as it came, or what a
 * decoder made of another view.  Its bytes are looked at by the rules, and by
 * the decoders attached to it, which open views of their own below.  Inside
 * of the detection core only.
 *
 * A decoder is one file with one struct decoder.  It is fed in any split, and
 * what it makes of a text must not depend on the split.
 */

#include <stddef.h>
#include <stdint.h>

struct classes;
struct decoding;
struct place;
struct scan;
struct view;

/* Bounds of a tree; what reaches one is recorded, see enum scan_gap. */
#define VIEW_DEPTH_MAX	3	/* decoders that nest, one inside another */
#define VIEWS_MAX	24	/* of one message, open at once */
#define VIEW_TAIL	1152	/* bytes of a text that are remembered */

enum decoder_kind {
	DECODER_NEST,		/* an encoding of text: counts to the depth */
	DECODER_SHAPE,		/* parts of a structured text */
	DECODER_CODING		/* a content coding */
};

struct decoder {
	const char	*name;	/* in the decode path of a snippet */
	enum decoder_kind kind;
	size_t		 size;	/* of its state */
	/*
	 * The next bytes of the text.  Fresh has a bit for each of them, the
	 * lowest bit of the first byte first: whether decoding made this byte
	 * or it was just passed on and its surroundings have been judged in
	 * the view above.  NULL: decoding made them all.
	 */
	void		(*feed)(struct decoding *, const uint8_t *, size_t,
			    const uint8_t *fresh);
	/* The text is complete; bytes that follow begin another. */
	void		(*end)(struct decoding *);
	/* Bytes were left out here.  NULL: the same as end. */
	void		(*gap)(struct decoding *);
	/* Free what the state holds.  NULL: nothing. */
	void		(*free)(struct decoding *);
	/* Set if it asks view_classes(). */
	int		 classes;
	/*
	 * Set where a peer undoes this before it looks for a credential, so
	 * that one in its own place still is: own credentials are judged.
	 */
	int		 usual;
};

/* A decoder at work on a view. */
struct decoding {
	struct decoding		*next;
	const struct decoder	*decoder;
	struct view		*in;		/* what it reads */
	struct view		*out;		/* see decoding_out() */
	void			*state;		/* zeroed at the start */
};

/*
 * The root of a tree, without decoders.  Returns NULL if memory is short or
 * there are too many views.
 */
struct view	*view_new(struct scan *, const struct place *);

/*
 * What a view is for, before its first byte.  A text is what it is at first:
 * for the rules and all decoders.  A coded view is for one decoder, which is
 * attached by this, and nobody else; it returns NULL if memory is short.  A
 * seen view is for the decoders only, since the rules have had its bytes.
 */
struct decoding	*view_coded(struct view *, const struct decoder *);
void		 view_seen(struct view *);

/*
 * Make it a text that is decoded: its first bytes are sniffed and it gets the
 * text decoders.  Returns -1 if memory is short.
 */
int		 view_decodes(struct view *);

/* Frees the view and all below it. */
void		 view_free(struct view *);

/*
 * Attach a decoder to a view, from its next byte on.  Returns NULL if memory
 * is short.  Not from inside of the view's own decoders.
 */
struct decoding	*view_attach(struct view *, const struct decoder *);

/* The next bytes, split anywhere; fresh as with struct decoder. */
void		 view_feed(struct view *, const void *, size_t,
		    const uint8_t *fresh);

/* The text is complete; bytes that follow begin another. */
void		 view_end(struct view *);

/*
 * The same for many short texts in one view: nothing matches across, but what
 * comes at the end of one may be decided only with the next.
 */
void		 view_break(struct view *);

/* Bytes were left out here: what waits for them is dropped. */
void		 view_gap(struct view *);

/*
 * The same, and the next bytes come after the given ones of the text that was
 * cut: for those who look to the left of a match.
 */
void		 view_skip(struct view *, const void *left, size_t);

struct scan	*view_scan(const struct view *);
const struct place *view_place(const struct view *);
/* Whether decoders have opened views below it. */
int		 view_open(const struct view *);
/* Another place for a view that has none below. */
void		 view_move(struct view *, const struct place *);
unsigned int	 view_depth(const struct view *);
int		 view_spent(const struct view *);	/* no budget left */
int		 view_declared(const struct view *);	/* by view_coded() */

/*
 * For a decoder in its feed function: the last bytes of the text before those
 * it is fed, at most VIEW_TAIL, and whether the text began before them.
 */
const uint8_t	*view_tail(const struct view *, size_t *len, int *more);

/*
 * For a decoder in its feed function that has set `classes': what the bytes
 * are that it is fed.
 */
const struct classes *view_classes(const struct view *);

/*
 * A new view for what a decoder makes, with the text decoders attached if it
 * is not too deep for them.  The decoder owns it and frees it in its free
 * function.  Returns NULL if a bound of the tree is reached or memory is
 * short; that is recorded with the bytes that are not looked at for it.
 */
struct view	*view_child(struct decoding *, uint64_t bytes);

/* The same without text decoders, whatever is inside. */
struct view	*view_child_plain(struct decoding *, uint64_t bytes);

/* The same for bytes that have been seen: no decoder is on it. */
struct view	*view_child_seen(struct decoding *, uint64_t bytes);

/*
 * The one view of a decoder that needs no more than one, opened when it is
 * first asked for and freed with the decoding.  NULL as with view_child().
 */
struct view	*decoding_out(struct decoding *, uint64_t bytes);

/* text.c: attaches the decoders that every text gets. */
int		 text_attach(struct view *);
/*
 * The decoder for a text that is none, by its first bytes; NULL if it looks
 * like text, or like nothing known.
 */
const struct decoder *text_sniff(const uint8_t *, size_t);
#define SNIFF_LEN	8	/* bytes that are enough for it */
/*
 * Whether what begins with these bytes may look like text, or like something
 * known: 0 is certain.
 */
int		 text_maybe(const uint8_t[3]);

#endif /* VIEW_H */
