"""The stand-ins of Lightspeed eCom and Clerk.io on loopback, and the demo shop they serve.

They are written from the public facts about both APIs and share no code with the clients.
"""
