#!/usr/bin/env python3
"""Takes a token over the socket: door.py SOCKET CONNECTION"""
import json, socket, struct, sys

path, connection = sys.argv[1:]

def ask(door, **question):
    body = json.dumps(question).encode()
    door.sendall(struct.pack(">I", len(body)) + body)
    length = struct.unpack(">I", door.recv(4, socket.MSG_WAITALL))[0]
    return json.loads(door.recv(length, socket.MSG_WAITALL))

with socket.socket(socket.AF_UNIX) as door:
    door.connect(path)
    ask(door, ask="hello", version=1)
    answer = ask(door, ask="token", connection=connection, min_valid=600)
    print(answer.get("access_token") or f"{answer['code']}: {answer['message']}\n{answer.get('command', '')}")
    sys.exit(answer["answer"] == "refused")
