// A bare TCP server: echoes bytes, and echoes the end too (net's allowHalfOpen), after all that it owes.
'use strict';
const net = require('net');

const server = net.createServer({ allowHalfOpen: true }, (socket) => {
  socket.on('error', () => {});
  socket.pipe(socket);
});
server.listen(Number(process.env.PORT || 3000), '127.0.0.1', () => console.log(`listening on ${server.address().port}`));
