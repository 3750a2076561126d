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

struct decoding;
struct place;
struct scan;
struct view;

struct decoder {
	const char	*name;	/* in the decode path of a snippet */
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
};

/* A decoder at work on a view. */
struct decoding {
	struct decoding		*next;
	const struct decoder	*decoder;
	struct view		*in;		/* what it reads */
	struct view		*out;		/* see decoding_out() */
	void			*state;		/* zeroed at the start */
};

/* The root of a tree.  Returns NULL if memory is short. */
struct view	*view_new(struct scan *, const struct place *);

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

struct scan	*view_scan(const struct view *);
const struct place *view_place(const struct view *);

/*
 * A new view for what a decoder makes.  The decoder owns it and frees it in
 * its free function.  Returns NULL if a bound of the tree is reached or memory
 * is short; then what it would hold is not looked at.
 */
struct view	*view_child(struct decoding *);

/*
 * The one view of a decoder that needs no more than one, opened when it is
 * first asked for and freed with the decoding.  NULL as with view_child().
 */
struct view	*decoding_out(struct decoding *);

#endif /* VIEW_H */
