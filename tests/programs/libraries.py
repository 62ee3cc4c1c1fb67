import websockets

print(websockets.__version__)
