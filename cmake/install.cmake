# `cmake --install build/release --prefix /usr/local` puts the daemon where an administrator looks for it.
include(GNUInstallDirs)
install(TARGETS lastcall RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES systemd/lastcall@.service DESTINATION lib/systemd/system OPTIONAL)
install(FILES README.md CHANGELOG.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} OPTIONAL)
