// The classic program: an Express app as its authors write it. No signal handler, and an interval that keeps printing.
'use strict';
const express = require('express');
const app = express();

app.get('/', (request, response) => response.json({ hello: 'world', pid: process.pid }));
app.get('/slow', (request, response) => {
  setTimeout(() => response.json({ slept: Number(request.query.ms) }), Number(request.query.ms));
});
app.post('/echo', express.raw({ type: () => true, limit: '100mb' }), (request, response) => response.send(request.body));
app.get('/page', (request, response) => {
  response.send('<!doctype html><title>open</title><h1>still open</h1><script>fetch("/").then((r) => r.json())</script>');
  console.log('page served');
});

const server = app.listen(Number(process.env.PORT || 3000), '127.0.0.1', () => {
  console.log(`listening on ${server.address().port}`);
});
setInterval(() => server.getConnections((error, count) => console.log(`connections ${count}`)), 500);
