#!/usr/bin/env node
require('../dist/codemie.cjs').main('codemie-mcp-proxy');
