// Wine cannot switch on keep-alive for a socket that is not connected yet, which npm does. For `node --require`.
const { Socket } = require('node:net');

Socket.prototype.setKeepAlive = function setKeepAlive() {
  return this;
};
