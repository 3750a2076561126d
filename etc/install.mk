# What make install puts beside the programs and manual pages.  Included by
# the generated rules; @NAMES@ in a file become the configured directories.

UNITDIR=	$(PREFIX)/lib/systemd/system
SYSUSERSDIR=	$(PREFIX)/lib/sysusers.d
TMPFILESDIR=	$(PREFIX)/lib/tmpfiles.d
EXAMPLESDIR=	$(DATADIR)/examples/guardian
RCDIR=		$(DATADIR)/guardian/rc.d

SUBSTITUTE=	sed -e 's,@SBINDIR@,$(SBINDIR),g' \
		    -e 's,@TMPFILESDIR@,$(TMPFILESDIR),g' \
		    -e 's,@LOCALSTATEDIR@,$(LOCALSTATEDIR),g' \
		    -e 's,@RUNDIR@,$(RUNDIR),g'

install: install-tree
	$(INSTALL_DIR) $(DESTDIR)$(EXAMPLESDIR) $(DESTDIR)$(SYSCONFDIR)
	$(INSTALL_DATA) etc/guardian.conf $(DESTDIR)$(EXAMPLESDIR)
	@conf=$(DESTDIR)$(SYSCONFDIR)/guardian.conf; \
	if [ -e $$conf ]; then \
		echo "$$conf is yours and stays as it is"; \
	else \
		echo "$(INSTALL_DATA) etc/guardian.conf $$conf"; \
		$(INSTALL_DATA) etc/guardian.conf $$conf; \
	fi
	$(INSTALL_DIR) $(DESTDIR)$(RCDIR)
	$(SUBSTITUTE) etc/rc.d/guardian >$(BUILDDIR)/guardian.rc
	$(INSTALL_PROGRAM) $(BUILDDIR)/guardian.rc $(DESTDIR)$(RCDIR)/guardian
	$(INSTALL_DIR) $(DESTDIR)$(UNITDIR) $(DESTDIR)$(SYSUSERSDIR) \
	    $(DESTDIR)$(TMPFILESDIR)
	$(SUBSTITUTE) etc/guardian.service >$(BUILDDIR)/guardian.service
	$(INSTALL_DATA) $(BUILDDIR)/guardian.service $(DESTDIR)$(UNITDIR)
	$(SUBSTITUTE) etc/tmpfiles.d/guardian.conf >$(BUILDDIR)/guardian.tmp
	$(INSTALL_DATA) $(BUILDDIR)/guardian.tmp \
	    $(DESTDIR)$(TMPFILESDIR)/guardian.conf
	$(INSTALL_DATA) etc/sysusers.d/guardian.conf $(DESTDIR)$(SYSUSERSDIR)
	@rm -f $(BUILDDIR)/guardian.rc $(BUILDDIR)/guardian.service \
	    $(BUILDDIR)/guardian.tmp

# The configuration, once it has been edited, the logs and the users are the
# operator's; a directory that is left empty goes.
uninstall: uninstall-tree
	@conf=$(DESTDIR)$(SYSCONFDIR)/guardian.conf; \
	if cmp -s etc/guardian.conf $$conf; then \
		echo "rm -f $$conf"; \
		rm -f $$conf; \
	elif [ -e $$conf ]; then \
		echo "$$conf is yours and stays as it is"; \
	fi
	rm -f $(DESTDIR)$(EXAMPLESDIR)/guardian.conf
	rm -f $(DESTDIR)$(RCDIR)/guardian
	rm -f $(DESTDIR)$(UNITDIR)/guardian.service
	rm -f $(DESTDIR)$(SYSUSERSDIR)/guardian.conf
	rm -f $(DESTDIR)$(TMPFILESDIR)/guardian.conf
	@rmdir $(DESTDIR)$(EXAMPLESDIR) $(DESTDIR)$(DATADIR)/examples \
	    $(DESTDIR)$(RCDIR) $(DESTDIR)$(DATADIR)/guardian \
	    $(DESTDIR)$(LIBEXECDIR) $(DESTDIR)$(PREFIX)/libexec \
	    $(DESTDIR)$(UNITDIR) $(DESTDIR)$(PREFIX)/lib/systemd \
	    $(DESTDIR)$(SYSUSERSDIR) $(DESTDIR)$(TMPFILESDIR) \
	    $(DESTDIR)$(MANDIR)/man1 $(DESTDIR)$(MANDIR)/man5 \
	    $(DESTDIR)$(MANDIR)/man8 \
	    2>/dev/null || :

# The files under version control, or, from an unpacked archive, all but what
# is built.
DIST=		guardian-$(VERSION)
dist:
	@if git rev-parse --verify -q HEAD >/dev/null 2>&1; then \
		git archive --format=tar --prefix=$(DIST)/ HEAD; \
	else \
		tar -cf - --exclude=./build --transform 's,^\.,$(DIST),' .; \
	fi | gzip -9n >$(BUILDDIR)/$(DIST).tar.gz
	@echo "$(BUILDDIR)/$(DIST).tar.gz"

.PHONY: install uninstall dist
