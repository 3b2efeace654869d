// Ends by itself on SIGTERM as a careful program does: takes no new connection, answers what it has, then leaves. /slow?ms=N answers late.
'use strict';
const http = require('http');
let signals = 0;
const server = http.createServer((request, response) => {
  const ms = Number(new URL(request.url, 'http://x').searchParams.get('ms') || 0);
  setTimeout(() => response.end('done'), ms);
});
server.listen(Number(process.env.PORT), '127.0.0.1', () => console.log('listening'));
process.on('SIGTERM', () => {
  console.log(`signalled ${++signals}`);
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
