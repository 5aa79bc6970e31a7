# An agent that is run as text: of its program nothing is known but the interpreter.
import json
import subprocess
import sys

server = subprocess.Popen(["PATCHBAY", "mcp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def say(message):
    server.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
    server.stdin.flush()


client = {"name": "Ledger agent", "version": "1"}
greeting = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client}
say({"id": 1, "method": "initialize", "params": greeting})
server.stdout.readline()
say({"method": "notifications/initialized"})
wait = {"name": "wait_for_connection", "arguments": {"connections": ["Orders"], "timeout_seconds": 600}}
say({"id": 2, "method": "tools/call", "params": wait})
sys.stdin.read()
