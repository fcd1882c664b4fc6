"""proxy.py: stands on the wire between two daemons and writes down every byte that passes."""

import selectors
import socket
import threading


class Recorder:
    """Listens on a port of its own and passes everything on to `target`; recorded: all bytes."""

    def __init__(self, target):
        self.target = target
        self.recorded = bytearray()
        self.connections = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.open = True
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while self.open:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.pass_on, args=(client,), daemon=True).start()

    def pass_on(self, client):
        try:
            server = socket.create_connection(("127.0.0.1", self.target), 10)
        except OSError:
            client.close()
            return
        other = {client: server, server: client}
        with selectors.DefaultSelector() as ready, client, server:
            for end in other:
                ready.register(end, selectors.EVENT_READ)
            while self.open:
                for key, _ in ready.select(1):
                    try:
                        data = key.fileobj.recv(65536)
                        if not data:
                            return
                        self.recorded += data
                        other[key.fileobj].sendall(data)
                    except OSError:
                        return

    def close(self):
        self.open = False
        self.listener.close()
