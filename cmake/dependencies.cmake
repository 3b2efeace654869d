# Everything comes from Debian's packages; nothing is vendored or downloaded.
# Debian ships no CMake target for the static libuv and the C sources of llhttp, so those two are described here.
find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)

# libuv: always the static archive, so that the dev and the release build run the same code.
find_library(LIBUV_A NAMES libuv_a.a REQUIRED)
add_library(uv STATIC IMPORTED)
set_target_properties(uv PROPERTIES IMPORTED_LOCATION ${LIBUV_A} INTERFACE_LINK_LIBRARIES "Threads::Threads;dl;rt")

find_library(YAML_CPP_A NAMES libyaml-cpp.a REQUIRED)
add_library(yaml_cpp STATIC IMPORTED)
set_target_properties(yaml_cpp PROPERTIES IMPORTED_LOCATION ${YAML_CPP_A})

# llhttp: Debian's node-llhttp carries the generated C files and the header.
find_path(LLHTTP_SOURCES llhttp.c PATHS /usr/share/llhttp REQUIRED NO_DEFAULT_PATH)
find_path(LLHTTP_INCLUDE llhttp.h PATHS /usr/share/include/llhttp REQUIRED NO_DEFAULT_PATH)
add_library(llhttp STATIC ${LLHTTP_SOURCES}/llhttp.c ${LLHTTP_SOURCES}/http.c ${LLHTTP_SOURCES}/api.c)
target_include_directories(llhttp SYSTEM PUBLIC ${LLHTTP_INCLUDE})
# Strict mode is ABI: the same definition must reach the header in our code.
target_compile_definitions(llhttp PUBLIC LLHTTP_STRICT_MODE=1)
target_compile_options(llhttp PRIVATE -O2 -w)
