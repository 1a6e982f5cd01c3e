# Debian 12, on amd64 and arm64, with what Lectern is built, tested and debugged with, so that both
# commands need no network:
#
#   docker build -t lectern .
#   docker run --rm -it --network none lectern            (./script/demo)
#   docker run --rm -it --network none lectern ./script/test
#
# Where there is no container engine, script/chroot does what this file says.
FROM debian:12 AS tools
ENV LANG=C.UTF-8 CMAKE_GENERATOR=Ninja
COPY script/bootstrap /opt/lectern/script/bootstrap
RUN /opt/lectern/script/bootstrap --with tests --with editor
RUN useradd --create-home --shell /bin/bash reader

FROM tools
COPY --chown=reader . /home/reader/lectern
USER reader
WORKDIR /home/reader/lectern
CMD ["./script/demo"]
