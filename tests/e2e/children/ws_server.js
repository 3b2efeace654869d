// A WebSocket echo server on Debian's node-ws, compressing whatever the client lets it: whole messages and fragmented ones come back.
'use strict';
const http = require('http');
const { WebSocketServer } = require('ws');

const server = http.createServer((request, response) => response.end('hello'));
const sockets = new WebSocketServer({ server, perMessageDeflate: { threshold: 0 }, maxPayload: 64 << 20 });
sockets.on('connection', (socket) => {
  socket.on('error', () => {});
  socket.on('message', (data, isBinary) => {
    if (socket.readyState !== socket.OPEN) return;
    if (data.length < 1000) return socket.send(data, { binary: isBinary });
    // Three frames, so that a frame's boundary is not a message's.
    const third = Math.floor(data.length / 3);
    socket.send(data.subarray(0, third), { binary: isBinary, fin: false });
    socket.send(data.subarray(third, 2 * third), { binary: isBinary, fin: false });
    socket.send(data.subarray(2 * third), { binary: isBinary, fin: true });
  });
});
server.listen(Number(process.env.PORT || 3000), '127.0.0.1', () => console.log('listening'));
