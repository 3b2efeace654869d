# Builds the one static file and leaves an image that holds nothing else, to copy it from:
#
#   FROM node:22-slim
#   COPY --from=lastcall /lastcall /usr/local/bin/lastcall
#   COPY . /app
#   WORKDIR /app
#   ENTRYPOINT ["lastcall", "--"]
#   CMD ["node", "server.js"]
#
# BASE: where the build runs; any Debian 12.
ARG BASE=debian:bookworm-slim

FROM ${BASE} AS build
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
      g++ cmake ninja-build libuv1-dev libyaml-cpp-dev libspdlog-dev libfmt-dev libcli11-dev nlohmann-json3-dev node-llhttp \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY CMakeLists.txt CMakePresets.json ./
COPY cmake cmake
COPY config config
COPY daemon daemon
RUN cmake --preset release && cmake --build --preset release

FROM scratch
COPY --from=build /src/build/release/lastcall /lastcall
ENTRYPOINT ["/lastcall"]
