import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** Passes the bytes of TCP connections on, later, more slowly, or no more: a bad network between two programs. */
export class TcpRelay {
  /** How much later what the server sends is passed on, in milliseconds. */
  delayMs = 0;
  /** What of it is passed on at most, in bytes a second, for each connection. */
  bytesPerS = Number.POSITIVE_INFINITY;
  private readonly _server: Server;
  private readonly _port: number;
  private readonly _sockets = new Set<Socket>();
  private _connections = 0;
  private _passedBytes = 0;

  /** @param port of the server, on this machine; it need not be there yet */
  static async to(port: number): Promise<TcpRelay> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new TcpRelay(server, port);
  }

  private constructor(server: Server, port: number) {
    this._server = server;
    this._port = port;
    server.on('connection', (client) => this._join(client));
  }

  /** Address for clients. */
  get url(): string {
    return `tcp://127.0.0.1:${(this._server.address() as AddressInfo).port}`;
  }

  /** Number of connections to the server so far. */
  get connections(): number {
    return this._connections;
  }

  /** What the server has sent and was passed on, in bytes. */
  get passedBytes(): number {
    return this._passedBytes;
  }

  /** Breaks all connections off. Clients may connect again. */
  cut(): void {
    for (const socket of this._sockets) socket.destroy();
  }

  /** Breaks all connections off, and takes no more. */
  close(): void {
    this._server.close();
    this.cut();
  }

  private _join(client: Socket): void {
    const server = connect(this._port, '127.0.0.1');
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ]) {
      this._sockets.add(socket);
      socket.on('error', () => {}); // What follows is 'close'.
      socket.on('close', () => {
        this._sockets.delete(socket);
        other.destroy();
      });
    }
    server.on('connect', () => {
      this._connections += 1;
    });
    client.pipe(server, { end: false });
    server.on('data', (bytes) => this._pass(bytes, server, client));
  }

  private _pass(bytes: Buffer, server: Socket, client: Socket): void {
    const pass = () => {
      this._passedBytes += bytes.length;
      if (!client.destroyed) client.write(bytes);
    };
    if (this.delayMs > 0) setTimeout(pass, this.delayMs);
    else pass();
    if (this.bytesPerS === Number.POSITIVE_INFINITY) return;
    server.pause();
    setTimeout(() => server.resume(), (1000 * bytes.length) / this.bytesPerS);
  }
}
