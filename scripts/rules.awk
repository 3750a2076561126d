# Turns the SOURCES files into explicit make rules (on standard output) and
# writes the Kyuafiles of the test directories.  Called by configure with
#	-v build= builddir   -v os= uname -s   -v features= hs|nohs
#	-v llhttp= directory of llhttp's C sources, or empty
#	-v atf= yes|no       -v fuzz_main= yes|no   -v sanitize= list or empty
#
# A SOURCES file is line based; "#" starts a comment, "\" at the end of a line
# joins the next, and any keyword may be bound to a system, src@Linux, or to
# there being Vectorscan, src@hs or src@nohs.
#
#	archive NAME                 a static library of ours
#	prog NAME sbin|bin|libexec|none
#	    src FILE.c|FILE.y        for the archive or program above
#	    lib ARCHIVE ...          ours, in link order
#	    ext LIBRARY ...          theirs; who links an archive gets its own
#	    man PAGE.SECTION ...
#	    static                   without any shared library, where that goes
#	    like PROGRAM             the sources and libraries of that one,
#	    define NAME=VALUE ...    compiled again with these
#	test NAME FILE ... @LIBRARY ... KEY=VALUE ...
#	    an ATF program from just these files (LIST.a is an archive of ours);
#	    KEY=VALUE is Kyua metadata: timeout=60 is_exclusive=true
#	shtest NAME KEY=VALUE ...    an atf-sh program, NAME.sh
#	fuzz NAME FILE ... @LIBRARY ...
#	preload NAME FILE ...        NAME.so, from just these .c and .h files,
#	    that tests put before all libraries of a program; never sanitized
#	apart                        this directory's tests are a suite of their
#	    own: "make test" leaves them to a command that names the directory

function fail(message)
{
	printf "configure: %s:%d: %s\n", FILENAME, FNR, message \
	    > "/dev/stderr"
	failed = 1
	exit 1
}

function norm(dir, path,    n, i, part, out, depth)
{
	n = split(dir "/" path, part, "/")
	depth = 0
	for (i = 1; i <= n; i++) {
		if (part[i] == "." || part[i] == "")
			continue
		if (part[i] == ".." && depth > 0)
			depth--
		else
			out[++depth] = part[i]
	}
	path = out[1]
	for (i = 2; i <= depth; i++)
		path = path "/" out[i]
	return path
}

function dirname(path)
{
	return sub(/\/[^\/]*$/, "", path) ? path : "."
}

function basename(path)
{
	sub(/^.*\//, "", path)
	return path
}

function add(list, word)
{
	return list == "" ? word : list " " word
}

function known_ext(name)
{
	return name ~ /^(event|event_extra|pcre2|jansson|crypto|hs|hs_runtime|seccomp|llhttp|ssl|tls|atf-c|zlib|brotli|brotli_enc|zstd)$/
}

# An include flag for each directory the list of sources comes from.
function includes(list,    n, i, part, seen, d, out)
{
	n = split(list, part, " ")
	for (i = 1; i <= n; i++) {
		d = dirname(part[i])
		if (d in seen || d ~ /^lib(\/compat|\/conf)?$/)
			continue
		seen[d] = 1
		out = add(out, "-I" d)
	}
	return out
}

# The same for archives; those of lib/ need none.
function archive_includes(list,    n, i, part, d, out)
{
	n = split(list, part, " ")
	for (i = 1; i <= n; i++) {
		d = unit_dir["archive:" part[i]]
		if (d != "" && d !~ /^lib(\/|$)/)
			out = add(out, "-I" d)
	}
	return out
}

# object SRC OBJ INCS: one compilation; returns the object's name.
function object(src, obj, incs,    c, header)
{
	obj = build "/" obj
	if (obj in have_object)
		return obj
	have_object[obj] = 1
	directories[dirname(obj)] = 1
	c = src
	if (src ~ /\.y$/) {
		# NAME.tab.c, so that a NAME.h of our own stays itself.
		c = obj
		sub(/\.o$/, ".tab.c", c)
		header = c
		sub(/\.c$/, ".h", header)
		incs = add(incs, "-I" dirname(obj))
		rules = rules c ": " src "\n" \
		    "\t@echo \"  YACC    " src "\"\n" \
		    "\t@$(YACC) -d -o " c " " src "\n" \
		    header ": " c "\n"
		generated[dirname(src)] = header
	}
	compile_src[obj] = c
	compile_inc[obj] = incs
	object_dir[obj] = dirname(src)
	objects[++nobjects] = obj
	return obj
}

function tree_object(src,    obj)
{
	obj = src
	sub(/\.[cy]$/, ".o", obj)
	return object(src, obj, includes(src))
}

{ sub(/#.*/, "") }

{
	while (sub(/\\[ \t]*$/, "")) {
		if ((getline more) <= 0)
			break
		sub(/#.*/, "", more)
		$0 = $0 more
	}
}

NF == 0 { next }

FNR == 1 || FILENAME != last {
	last = FILENAME
	kind = ""
}

{
	dir = dirname(FILENAME)
	word = $1
	if (word ~ /@/) {
		if (word !~ ("@(" os "|" features ")$"))
			next
		sub(/@.*/, "", word)
	}
}

word == "archive" || word == "prog" {
	if (NF != (word == "prog" ? 3 : 2))
		fail("usage: archive NAME, or prog NAME sbin|bin|libexec|none")
	kind = word
	unit = word ":" $2
	if (unit in unit_dir)
		fail(word " " $2 " is already in " unit_dir[unit])
	unit_dir[unit] = dir
	units[++nunits] = unit
	if (word == "prog") {
		if ($3 !~ /^(sbin|bin|libexec|none)$/)
			fail("a program goes to sbin, bin, libexec or none")
		place[unit] = $3
	}
	next
}

word == "src" {
	if (kind == "")
		fail("src before prog or archive")
	for (i = 2; i <= NF; i++)
		srcs[unit] = add(srcs[unit], norm(dir, $i))
	next
}

word == "lib" || word == "ext" {
	if (kind == "")
		fail(word " before prog or archive")
	for (i = 2; i <= NF; i++) {
		if (word == "ext" && !known_ext($i))
			fail("unknown external library " $i)
		if (word == "ext")
			exts[unit] = add(exts[unit], $i)
		else
			libs[unit] = add(libs[unit], $i)
	}
	next
}

word == "like" || word == "define" {
	if (unit !~ /^prog:/)
		fail(word " without prog")
	if (word == "like")
		like[unit] = "prog:" $2
	else
		for (i = 2; i <= NF; i++)
			defines[unit] = add(defines[unit], "-D" $i)
	next
}

word == "static" {
	if (kind != "prog" || NF != 1)
		fail("static stands alone, after prog")
	static[unit] = 1
	next
}

word == "man" {
	for (i = 2; i <= NF; i++)
		mans = add(mans, norm(dir, $i))
	next
}

word == "test" || word == "fuzz" || word == "shtest" {
	if (NF < (word == "shtest" ? 2 : 3))
		fail("usage: " word " NAME FILE ...")
	t = word ":" dir "/" $2
	if (t in t_dir)
		fail($2 " is already there")
	tests[++ntests] = t
	t_dir[t] = dir
	t_name[t] = $2
	for (i = 3; i <= NF; i++) {
		if ($i ~ /^@/) {
			if (!known_ext(substr($i, 2)))
				fail("unknown external library " $i)
			t_ext[t] = add(t_ext[t], substr($i, 2))
		} else if ($i ~ /^[a-z_]+=[^= ]*$/)
			t_meta[t] = add(t_meta[t], $i)
		else if ($i ~ /\.a$/)
			t_lib[t] = add(t_lib[t], substr($i, 1, length($i) - 2))
		else if ($i ~ /\.[cy]$/)
			t_src[t] = add(t_src[t], norm(dir, $i))
		else
			fail("what is " $i "? FILE.c, FILE.y, LIB.a, @LIBRARY" \
			    " or KEY=VALUE")
	}
	next
}

word == "preload" {
	if (NF < 3)
		fail("usage: preload NAME FILE ...")
	preloads[++npreloads] = build "/" dir "/" $2 ".so"
	list = ""
	for (i = 3; i <= NF; i++)
		list = add(list, norm(dir, $i))
	preload_src[npreloads] = list
	next
}

word == "apart" {
	apart[dir] = 1
	next
}

{ fail("unknown keyword " $1) }

# Archives as files, in the order given.
function archives(list,    n, i, part, out)
{
	n = split(list, part, " ")
	for (i = 1; i <= n; i++) {
		if (!(("archive:" part[i]) in unit_dir)) {
			printf "configure: no archive %s (needed by a SOURCES" \
			    " file)\n", part[i] > "/dev/stderr"
			continue
		}
		out = add(out, build "/" unit_dir["archive:" part[i]] \
		    "/lib" part[i] ".a")
	}
	return out
}

# What archives of ours need of theirs.
function ext_of(list,    n, i, part, out)
{
	n = split(list, part, " ")
	for (i = 1; i <= n; i++)
		out = add(out, exts["archive:" part[i]])
	return out
}

function ext_libs(list,    n, i, part, out, seen)
{
	n = split(list, part, " ")
	# The whole library has the run time in it.
	for (i = 1; i <= n; i++)
		if (part[i] == "hs")
			seen["hs_runtime"] = 1
	for (i = 1; i <= n; i++)
		if (!(part[i] in seen)) {
			seen[part[i]] = 1
			out = add(out, "$(LIBS_" part[i] ")")
		}
	return out
}

function uses_llhttp(list)
{
	return llhttp != "" && (" " list " ") ~ / llhttp / ? \
	    " " build "/llhttp/libllhttp.a" : ""
}

function objects_of(list,    n, i, part, out)
{
	n = split(list, part, " ")
	for (i = 1; i <= n; i++)
		out = add(out, tree_object(part[i]))
	return out
}

# Those of another program, compiled for this one.
function objects_like(dir, name, list, flags,    n, i, part, obj, out)
{
	n = split(list, part, " ")
	for (i = 1; i <= n; i++) {
		obj = basename(part[i])
		sub(/\.c$/, ".o", obj)
		out = add(out, object(part[i], dir "/" name ".obj/" obj, \
		    includes(list) " " flags))
	}
	return out
}

function link(target, objs, libraries, exts_, flags)
{
	directories[dirname(target)] = 1
	rules = rules target ": " objs " " libraries uses_llhttp(exts_) " " \
	    build "/rules.mk\n" \
	    "\t@echo \"  LINK    " target "\"\n" \
	    "\t@$(CC) $(CFLAGS) " flags " -o " target " " objs " " \
	    libraries " " ext_libs(exts_) " $(OS_LIBS)\n"
}

function kyua(dir, line)
{
	if (!(dir in kyuafile))
		kyua_dirs[++nkyua] = dir
	kyuafile[dir] = kyuafile[dir] line "\n"
}

function metadata(list,    n, i, part, kv, out)
{
	n = split(list, part, " ")
	for (i = 1; i <= n; i++) {
		split(part[i], kv, "=")
		out = out ", " kv[1] "=" \
		    (kv[2] ~ /^([0-9]+|true|false)$/ ? kv[2] : \
		    "\"" kv[2] "\"")
	}
	return out
}

END {
	if (failed)
		exit 1

	for (u = 1; u <= nunits; u++) {
		unit = units[u]
		dir = unit_dir[unit]
		name = unit
		sub(/^[a-z]*:/, "", name)
		if (unit in like) {
			if (!(like[unit] in unit_dir)) {
				printf "configure: no %s\n", like[unit] \
				    > "/dev/stderr"
				continue
			}
			objs = objects_like(dir, name, srcs[like[unit]], \
			    defines[unit])
			libs[unit] = libs[like[unit]]
			exts[unit] = exts[like[unit]]
		} else
			objs = objects_of(srcs[unit])
		if (unit ~ /^archive:/) {
			target = build "/" dir "/lib" name ".a"
			rules = rules target ": " objs " " build \
			    "/rules.mk\n\t@echo \"  AR      " target "\"\n" \
			    "\t@rm -f " target "\n" \
			    "\t@$(AR) rc " target " " objs "\n" \
			    "\t@$(AR) s " target "\n"
			directories[dirname(target)] = 1
			all = add(all, target)
			continue
		}
		target = build "/" \
		    (place[unit] == "none" ? dir : place[unit]) "/" name
		if (sanitize != "" && place[unit] != "none")
			objs = add(objs, tree_object("regress/sanitize.c") \
			    " " tree_object("regress/sanitize_stack.c"))
		link(target, objs, archives(libs[unit]), \
		    add(exts[unit], ext_of(libs[unit])), \
		    "$(LDFLAGS)" (unit in static ? " $(STATIC)" : ""))
		if (place[unit] == "none") {
			test_targets = add(test_targets, target)
			continue
		}
		all = add(all, target)
		var = place[unit] == "sbin" ? "$(SBINDIR)" : \
		    place[unit] == "bin" ? "$(BINDIR)" : "$(LIBEXECDIR)"
		install = install "\t$(INSTALL_PROGRAM) " target \
		    " $(DESTDIR)" var "/" name "\n"
		uninstall = uninstall "\trm -f $(DESTDIR)" var "/" name "\n"
	}

	n = split(mans, page, " ")
	for (i = 1; i <= n; i++) {
		section = page[i]
		sub(/^.*\./, "", section)
		where = "$(DESTDIR)$(MANDIR)/man" section
		install = install "\t$(INSTALL_DIR) " where "\n" \
		    "\t$(INSTALL_DATA) " page[i] " " where "/" \
		    basename(page[i]) "\n"
		uninstall = uninstall "\trm -f " where "/" \
		    basename(page[i]) "\n"
	}

	for (t = 1; t <= ntests; t++) {
		id = tests[t]
		dir = t_dir[id]
		name = t_name[id]
		target = build "/" dir "/" name
		if (id ~ /^shtest:/) {
			directories[build "/" dir] = 1
			src = dir "/" name ".sh"
			rules = rules target ": " src " " build \
			    "/config.mk\n" \
			    "\t@{ echo '#!$(ATF_SH)'; \\\n" \
			    "\t    echo 'GUARDIAN_SRCDIR=$(SRCDIR)'; \\\n" \
			    "\t    echo 'GUARDIAN_BUILDDIR=$(BUILDDIR)'; \\\n" \
			    "\t    echo 'GUARDIAN_SANITIZE=" sanitize "'; \\\n" \
			    "\t    sed '1{/^#!/d;}' " src "; } >" target ".tmp\n" \
			    "\t@chmod 755 " target ".tmp\n" \
			    "\t@mv -f " target ".tmp " target "\n"
			test_targets = add(test_targets, target)
			kyua(dir, "atf_test_program{name=\"" name "\"" \
			    metadata(t_meta[id]) "}")
			continue
		}
		incs = includes(t_src[id]) " " archive_includes(t_lib[id])
		objs = ""
		if (sanitize != "" && id ~ /^test:/)
			objs = tree_object("regress/sanitize_atf.c") " " \
			    tree_object("regress/sanitize_stack.c")
		n = split(t_src[id], part, " ")
		for (i = 1; i <= n; i++) {
			if (dirname(part[i]) == dir) {
				obj = part[i]
				sub(/\.[cy]$/, ".o", obj)
				objs = add(objs, object(part[i], dir "/" \
				    name ".obj/" basename(obj), incs \
				    " $(TEST_CPPFLAGS)"))
			} else
				objs = add(objs, tree_object(part[i]))
		}
		# What a platform lacks is never a test's own business.
		have_compat = ("archive:compat" in unit_dir) ? "compat" : ""
		lib = archives(add(t_lib[id], have_compat))
		if (id ~ /^test:/) {
			link(target, objs, lib, add(add(t_ext[id], \
			    ext_of(t_lib[id])), "atf-c"), \
			    "$(LDFLAGS)")
			test_targets = add(test_targets, target)
			kyua(dir, "atf_test_program{name=\"" name "\"" \
			    metadata(t_meta[id]) "}")
		} else {
			flags = "$(LDFLAGS)"
			if (fuzz_main == "yes")
				objs = add(objs, \
				    tree_object("regress/fuzz/driver.c"))
			else
				flags = flags " -fsanitize=fuzzer"
			link(target, objs, lib, add(t_ext[id], \
			    ext_of(t_lib[id])), flags)
			fuzz_targets = add(fuzz_targets, target)
			test_targets = add(test_targets, target)
		}
	}

	for (i = 1; i <= npreloads; i++) {
		target = preloads[i]
		directories[dirname(target)] = 1
		test_targets = add(test_targets, target)
		n = split(preload_src[i], part, " ")
		srcs_ = ""
		for (j = 1; j <= n; j++)
			if (part[j] ~ /\.c$/)
				srcs_ = add(srcs_, part[j])
		rules = rules target ": " preload_src[i] " " build \
		    "/config.mk\n" \
		    "\t@echo \"  LINK    " target "\"\n" \
		    "\t@$(CC) -std=c11 -Wall -Wextra -O2 -fPIC -shared" \
		    " -fno-builtin -o " target " " srcs_ "\n"
	}

	if (llhttp != "") {
		directories[build "/llhttp"] = 1
		n = split("api http llhttp", part, " ")
		for (i = 1; i <= n; i++) {
			obj = build "/llhttp/" part[i] ".o"
			src = llhttp "/" part[i] ".c"
			rules = rules obj ": " src " " build "/config.mk\n" \
			    "\t@echo \"  CC      " src "\"\n" \
			    "\t@$(CC) $(CPPFLAGS) $(CFLAGS) -w -c -o " obj \
			    " " src "\n"
			llobjs = add(llobjs, obj)
		}
		rules = rules build "/llhttp/libllhttp.a: " llobjs "\n" \
		    "\t@echo \"  AR      " build "/llhttp/libllhttp.a\"\n" \
		    "\t@$(AR) rc " build "/llhttp/libllhttp.a " llobjs "\n" \
		    "\t@$(AR) s " build "/llhttp/libllhttp.a\n"
	}

	for (i = 1; i <= nobjects; i++) {
		obj = objects[i]
		c = compile_src[obj]
		dep = obj
		sub(/\.o$/, ".d", dep)
		# A grammar's header has to be there before its neighbours
		# are compiled, even the first time.
		first = object_dir[obj] in generated ? \
		    " " generated[object_dir[obj]] : ""
		if (first != "" && compile_src[obj] !~ ("^" build "/"))
			compile_inc[obj] = add(compile_inc[obj], "-I" \
			    dirname(generated[object_dir[obj]]))
		rules = rules obj ": " c first " " build "/config.mk " \
		    build "/config.h\n" \
		    "\t@echo \"  CC      " c "\"\n" \
		    "\t@$(CC) $(CPPFLAGS) " compile_inc[obj] \
		    " $(CFLAGS) -MMD -MP -MF " dep " -c -o " obj " " c "\n"
		deps = deps "-include " dep "\n"
	}

	for (d in directories)
		system("mkdir -p '" d "'")

	for (i = 1; i <= nkyua; i++) {
		dir = kyua_dirs[i]
		file = build "/" dir "/Kyuafile"
		print "syntax(2)\ntest_suite(\"guardian\")\n" kyuafile[dir] \
		    > file
		close(file)
		if (dir in apart)
			continue
		sub(/^regress\//, "", dir)
		top = top "include(\"" dir "/Kyuafile\")\n"
	}
	system("mkdir -p '" build "/regress'")
	print "syntax(2)\ntest_suite(\"guardian\")\n" top > \
	    (build "/regress/Kyuafile")

	print "# Written by configure from the SOURCES files; do not edit."
	print ""
	print "all: " all "\n\t@:\n"
	print "include " build "/config.mk"
	print "TEST_CPPFLAGS=\t-DGUARDIAN_SRCDIR='\"$(SRCDIR)\"'" \
	    " -DGUARDIAN_BUILDDIR='\"$(BUILDDIR)\"'"
	print "INSTALL_PROGRAM=\tinstall -m 0755"
	print "INSTALL_DATA=\tinstall -m 0644"
	print "INSTALL_DIR=\tinstall -d -m 0755"
	print ""
	if (atf == "yes")
		print "tests: all " test_targets "\n\t@:\n"
	else
		print "tests:\n\t@echo 'the tests need ATF: make deps," \
		    " then make test' >&2; exit 1\n"
	print "fuzzers: " fuzz_targets "\n\t@:\n"
	print "list-fuzzers:\n\t@for f in " fuzz_targets \
	    "; do echo $$f; done\n"
	print "install-tree: all\n" \
	    "\t$(INSTALL_DIR) $(DESTDIR)$(SBINDIR) $(DESTDIR)$(BINDIR)" \
	    " $(DESTDIR)$(LIBEXECDIR)\n" install
	print "uninstall-tree:\n" uninstall
	print "man-pages:\n\t@for f in " mans "; do echo $$f; done\n"
	print ".PHONY: all tests fuzzers list-fuzzers install-tree" \
	    " uninstall-tree man-pages"
	print ""
	print "include etc/install.mk\n"
	printf "%s\n%s", rules, deps
}
