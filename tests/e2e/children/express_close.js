// The classic recipe, for the control of the browser test: server.close() on SIGTERM, which waits for every open connection.
'use strict';
const express = require('express');
const app = express();
app.get('/', (request, response) => response.json({ hello: 'world' }));
app.get('/page', (request, response) => {
  response.send('<!doctype html><title>open</title><script>setInterval(() => fetch("/"), 400)</script>');
  console.log('page served');
});
const server = app.listen(Number(process.env.PORT), '127.0.0.1', () => console.log('listening'));
server.keepAliveTimeout = 0;
setInterval(() => server.getConnections((error, count) => console.log(`connections ${count}`)), 500);
process.on('SIGTERM', () => server.close(() => process.exit(0)));
