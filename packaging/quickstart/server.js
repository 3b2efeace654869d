// A server as most are: nothing here has heard of SIGTERM, keep-alive or draining.
const express = require('express');

const app = express();
app.get('/', (request, response) => response.json({ hello: 'world' }));
app.post('/orders', (request, response) => setTimeout(() => response.status(201).json({ ordered: true }), 10));
app.get('/slow', (request, response) => setTimeout(() => response.json({ took: '1 s' }), 1000));

const server = app.listen(process.env.PORT || 3000);
setInterval(() => server.getConnections((error, open) => console.log(`${open} connections open`)), 1000);
