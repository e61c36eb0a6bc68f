"""Plays ClamAV's daemon: zPING and zINSTREAM over a Unix socket; finds the EICAR test file."""
import pathlib
import socket
import struct
import threading

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class FakeClamd:
    def __init__(self, path: pathlib.Path):
        self.path = path
        self.streams: list[bytes] = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen(8)
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                self._serve(connection.makefile("rwb"))

    def _serve(self, stream) -> None:
        command = b""
        while not command.endswith(b"\0"):
            byte = stream.read(1)
            if not byte:
                return
            command += byte
        if command == b"zPING\0":
            stream.write(b"PONG\0")
        elif command == b"zINSTREAM\0":
            content = b""
            while size := struct.unpack(">I", stream.read(4))[0]:
                content += stream.read(size)
            self.streams.append(content)
            stream.write(b"stream: Eicar-Test-Signature FOUND\0" if EICAR in content else b"stream: OK\0")
        stream.flush()

    def close(self) -> None:
        self._listener.close()
