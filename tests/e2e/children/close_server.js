// What most tutorials write: server.close() on SIGTERM. With `hang` the handler never ends it.
const http = require('http');

const server = http.createServer((request, response) => setTimeout(() => response.end('hello'), 20));
process.on('SIGTERM', () => {
  if (process.argv[2] !== 'hang') server.close(() => process.exit(0));
});
server.listen(process.env.PORT, process.env.HOST);
