install: install-tree
uninstall: uninstall-tree
