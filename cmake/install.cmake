# `cmake --install build/release --prefix /usr/local` puts the daemon and what belongs to it where an administrator looks for it.
include(GNUInstallDirs)
install(TARGETS lastcall RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES packaging/lastcall.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES systemd/lastcall@.service DESTINATION lib/systemd/system)
install(FILES packaging/lastcall.schema.json docs/rehearse.schema.json docs/report.schema.json DESTINATION ${CMAKE_INSTALL_DATADIR}/lastcall)
install(FILES README.md CHANGELOG.md LICENSE docs/configuration.md docs/operations.md docs/child-api.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY packaging/examples DESTINATION ${CMAKE_INSTALL_DOCDIR})

install(FILES packaging/completions/lastcall.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME lastcall)
install(FILES packaging/completions/_lastcall DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(FILES packaging/completions/lastcall.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
