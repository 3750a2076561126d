#
# Copyright (c) 2026 The NanoClaw Traffic Guardian developers
#
# Permission to use, copy, modify, and distribute this software for any
# purpose with or without fee is hereby granted, provided that the above
# copyright notice and this permission notice appear in all copies.
#
# THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
# WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
# MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
# ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
# WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
# ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
# OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.

# A short run of every fuzz target: the corpus, then mutations of it.  Long
# runs are "make fuzz".

fuzz_targets()
{
	awk '$1 == "fuzz" { print $2 }' "$GUARDIAN_SRCDIR/regress/fuzz/SOURCES"
	# Those bound to a library are built where that is.
	awk '$1 ~ /^fuzz@/ { print $2 }' \
	    "$GUARDIAN_SRCDIR/regress/fuzz/SOURCES" | while read -r t; do
		test ! -x "$GUARDIAN_BUILDDIR/regress/fuzz/$t" || echo "$t"
	done
}

run_target()
{
	name=$1
	seconds=${GUARDIAN_FUZZ_SECONDS:-2}
	# An empty directory of that name is as good as no corpus; a missing
	# one is a mistake in SOURCES.
	corpus=$GUARDIAN_SRCDIR/regress/fuzz/corpus/$name
	test -d "$corpus" || atf_fail "no corpus: $corpus"
	atf_check -o save:out -e save:err \
	    "$GUARDIAN_BUILDDIR/regress/fuzz/$name" \
	    -max_total_time="$seconds" -runs=$((100000 * seconds)) -seed=1 "$corpus"
	cat out
	grep -Eq '[1-9][0-9]* mutations run' out || atf_fail "nothing ran"
}

atf_init_test_cases()
{
	for t in $(fuzz_targets); do
		eval "${t}_head() { atf_set descr 'corpus and mutations'; }"
		eval "${t}_body() { run_target $t; }"
		atf_add_test_case "$t"
	done
}
