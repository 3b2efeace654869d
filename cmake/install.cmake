# `cmake --install build/release --prefix /usr/local` puts the daemon and what belongs to it where an administrator looks for it.
include(GNUInstallDirs)
install(TARGETS lastcall RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES packaging/lastcall.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES systemd/lastcall@.service DESTINATION lib/systemd/system)
install(FILES packaging/lastcall.schema.json docs/rehearse.schema.json docs/report.schema.json DESTINATION ${CMAKE_INSTALL_DATADIR}/lastcall)

# What can be read lies as it does here, with all that it links to.
install(FILES README.md CHANGELOG.md LICENSE Dockerfile DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY packaging/examples DESTINATION ${CMAKE_INSTALL_DOCDIR}/packaging)
install(FILES packaging/quickstart/server.js DESTINATION ${CMAKE_INSTALL_DOCDIR}/packaging/quickstart)
install(FILES systemd/lastcall@.service DESTINATION ${CMAKE_INSTALL_DOCDIR}/systemd)

install(FILES packaging/completions/lastcall.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME lastcall)
install(FILES packaging/completions/_lastcall DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(FILES packaging/completions/lastcall.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
