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


#ifndef JSON_H
#define JSON_H

/*
 * A streaming reader of JSON texts (RFC 8259) for scanning: any split, no
 * allocation, no recursion, a state of a fixed size.  It hands out what is
 * inside of the strings, unescaped, and knows the path to it.
 *
 * Texts may follow one another, with or without white space between them
 * (NDJSON, JSON text sequences of RFC 7464, plain concatenation).
 *
 * A peer may be more lenient than RFC 8259; where that costs nothing, so is
 * this: control characters in strings, unknown escapes (the character itself),
 * a comma before a closing bracket, NaN and Infinity, a byte order mark.  What
 * is not understood even so is malformed, and said to be.
 */

#include <stddef.h>
#include <stdint.h>

/*
 * Containers that may be open at once.  Below, brackets are only counted and
 * every string is a value: nothing inside of them is missed, but the path ends.
 */
#define JSON_DEPTH_MAX	64
/* Outer levels whose key or index is known. */
#define JSON_PATH_MAX	16
#define JSON_TEXT_MAX	40	/* longest known key, number or literal */

/* A piece of a string begins it, ends it, or both. */
#define JSON_FIRST	0x01
#define JSON_LAST	0x02

struct json;

/*
 * What happens to a text, in its order.  Every one may be NULL.  In each of
 * them json_depth() and the path are those of the value (or key) it is about:
 * the containers around it.
 */
struct json_ops {
	/* An object (or array) begins, or is complete. */
	void	(*begin)(struct json *, int array, void *arg);
	void	(*end)(struct json *, int array, void *arg);
	/*
	 * Unescaped bytes of a key or of a string value: UTF-8 as far as the
	 * text is, a lone surrogate as U+FFFD.  A piece may be empty; it is
	 * valid during the call only.
	 */
	void	(*key)(struct json *, const uint8_t *, size_t, int part,
		    void *arg);
	void	(*string)(struct json *, const uint8_t *, size_t, int part,
		    void *arg);
	/* A number, true, false or null, as written. */
	void	(*scalar)(struct json *, const char *, size_t, void *arg);
	/* A text (an outermost value) is complete. */
	void	(*done)(struct json *, void *arg);
};

/* A key the reader knows; ids are 1 to 255. */
struct json_key {
	const char	*name;
	uint8_t		 id;
};

struct json_level {
	uint32_t	 index;		/* in an array */
	uint8_t		 key;		/* in an object, 0: unknown */
};

/* Private, in the open so that it can be part of a greater state. */
struct json {
	const struct json_ops	*ops;
	void			*arg;
	const struct json_key	*keys;
	size_t			 nkeys;
	uint64_t		 keybits;	/* of all keys, see json.c */
	uint64_t		 arrays;	/* a bit a level */
	uint64_t		 texts;
	size_t			 nread;		/* of the last feed */
	uint64_t		 deep;		/* strings below the bound */
	uint32_t		 below;		/* brackets open there */
	uint32_t		 code;		/* \u so far */
	uint32_t		 high;		/* surrogate that waits */
	uint8_t			 state;
	uint8_t			 depth;
	uint8_t			 digits;
	uint8_t			 iskey;
	uint8_t			 stop;		/* behind this text */
	uint8_t			 first;		/* nothing of it handed out */
	uint8_t			 textlen;
	uint8_t			 outlen;
	char			 text[JSON_TEXT_MAX + 1];
	uint8_t			 out[192];
	struct json_level	 path[JSON_PATH_MAX];
};

/*
 * Begins.  Ops, arg and keys are borrowed; keys are sorted by strcmp and may
 * be NULL.
 */
void	 json_init(struct json *, const struct json_ops *, void *arg,
	    const struct json_key *keys, size_t nkeys);

/*
 * The next bytes.  All strings in them have been handed out when it returns.
 * Returns 0, or -1 if the text is malformed: then, and from then on, nothing
 * more is read.
 */
int	 json_feed(struct json *, const void *, size_t);

/*
 * In the done callback: json_feed() returns behind this text, json_read() says
 * where that is.
 */
void	 json_stop(struct json *);

/* As it was after json_init(). */
void	 json_again(struct json *);

/* How many bytes of a string there are before a quote or a backslash. */
size_t	 json_plain(const uint8_t *, size_t);

/* Is it between two texts, or before the first? */
int	 json_between(const struct json *);

/* How many bytes the last json_feed() read, the malformed one included. */
size_t	 json_read(const struct json *);

/* No more comes.  Returns 0, or -1 if a text is malformed or not complete. */
int	 json_end(struct json *);

/* Complete texts so far. */
uint64_t	 json_texts(const struct json *);
/* Strings below JSON_DEPTH_MAX, which have no path. */
uint64_t	 json_deep(const struct json *);

/* In a callback: containers around this value, at most JSON_DEPTH_MAX. */
unsigned int	 json_depth(const struct json *);
/* Is the container at that level, 0 the outermost, an array? */
int		 json_in_array(const struct json *, unsigned int level);
/* The id of the key the path takes there; 0 if unknown or in an array. */
unsigned int	 json_key(const struct json *, unsigned int level);
/* The index the path takes there; 0 in an object or beyond the path. */
uint32_t	 json_index(const struct json *, unsigned int level);
/* json_key() of the innermost container: the key this value is under. */
unsigned int	 json_name(const struct json *);

#endif /* JSON_H */
