// Made by `TEST_RECORD_EXAMPLES=1 npm test -- openapi-examples`: what the real service answered. Do not edit.
import type { OperationExamples } from './api-docs.js';

export const EXAMPLES: OperationExamples = {
  "acknowledgeFork": {
    "example": {
      "request": {
        "position": 53,
        "checkpoint": "keyfold.local/3c80de192a21\n100000\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n\n— keyfold.local/3c80de192a21 EGGQZiappjnE89D8GCZgCBlMjqsLE4voVEUqqSp581Yzs3lECtM7O7SsqYCCf4A52z6rpT4ejPnwxXdRtcskNmho5ww=\n"
      },
      "status": 200,
      "answer": {
        "origin": "keyfold.local/3c80de192a21/fork-7c28882ea5b3",
        "previousOrigin": "keyfold.local/3c80de192a21",
        "publicKey": "keyfold.local/3c80de192a21/fork-7c28882ea5b3+3d0f2a06+AaOyjzsf0B38hlzJ0VVmJuVKExW03NZYJ4wmcLfbThEH"
      }
    }
  },
  "approveGateway": {
    "example": {
      "request": {
        "verifierKeys": [
          "gateway-1/0+9e7583ff+BEToHGPQQbHJz4mNYFfMMhSJdXQuPbLcokpwEOJWJ1Pf"
        ]
      },
      "status": 200,
      "answer": {
        "gatewayId": "gateway-1",
        "verifierKeys": [
          "gateway-1/0+9e7583ff+BEToHGPQQbHJz4mNYFfMMhSJdXQuPbLcokpwEOJWJ1Pf"
        ]
      }
    }
  },
  "changeOwnPassword": {
    "example": {
      "request": {
        "currentPassword": "correct horse battery staple",
        "newPassword": "four candles and a fork handle"
      },
      "status": 204
    }
  },
  "changeRole": {
    "example": {
      "request": {
        "permissions": [
          "users.read",
          "roles.read"
        ]
      },
      "status": 200,
      "answer": {
        "id": "01a22bfd-c169-715b-91c6-7d049cd79915",
        "name": "Directory",
        "description": "Reads who there is.",
        "permissions": [
          "roles.read",
          "users.read"
        ],
        "system": false
      }
    },
    "dryRun": {
      "request": {
        "permissions": [
          "roles.read"
        ]
      },
      "status": 200,
      "answer": {
        "affected": {
          "users": 1,
          "keys": 0
        },
        "permissions": [
          {
            "permission": "users.read",
            "gain": 0,
            "lose": 1
          }
        ],
        "sample": []
      }
    }
  },
  "changeSecuritySettings": {
    "dryRun": {
      "request": {
        "apiKeyAuthenticationEnabled": true,
        "maxApiKeyLifetimeDays": 90
      },
      "status": 200,
      "answer": {
        "affected": {
          "keys": 0,
          "users": 0
        },
        "sample": []
      }
    },
    "example": {
      "request": {
        "apiKeyAuthenticationEnabled": true,
        "maxApiKeyLifetimeDays": 90
      },
      "status": 200,
      "answer": {
        "apiKeyAuthenticationEnabled": true,
        "maxApiKeyLifetimeDays": 90,
        "gatewayLeaseSeconds": 60,
        "rotationGraceMaxSeconds": 604800,
        "maxActiveKeysPerUser": 20,
        "defaultKeyRateLimit": null,
        "journal": "denials",
        "journalRetentionDays": 400,
        "gatewayEnrolment": "automatic"
      }
    }
  },
  "changeUser": {
    "example": {
      "request": {
        "displayName": "Dana M. Reyes"
      },
      "status": 200,
      "answer": {
        "id": "01a22bfd-c25f-746d-b46f-274cf93a41fc",
        "username": "dana",
        "displayName": "Dana M. Reyes",
        "email": "dana@example.org",
        "status": "active",
        "supervisorId": null,
        "roles": [
          {
            "id": "api-key-generate",
            "name": "API Key Generate"
          },
          {
            "id": "api-key-sign-in",
            "name": "API Key Sign In"
          },
          {
            "id": "01a22bfd-c169-715b-91c6-7d049cd79915",
            "name": "Directory"
          }
        ],
        "createdAt": "2026-11-30T10:26:20.433Z"
      }
    }
  },
  "changeWebhook": {
    "example": {
      "request": {
        "types": null
      },
      "status": 200,
      "answer": {
        "id": "d2d36f2f-aa03-4942-8a81-e6a46c381bed",
        "url": "https://hooks.example.org/keyfold",
        "types": null,
        "enabled": true,
        "createdAt": "2026-11-30T10:26:22.097Z",
        "createdBy": "user/first-administrator",
        "previousSecretUntil": null
      }
    }
  },
  "claimApiKey": {
    "example": {
      "status": 200,
      "answer": {
        "id": "6rWdIMWtb4egysrAYPGiEd",
        "userId": "01a22bfd-c25f-746d-b46f-274cf93a41fc",
        "username": "dana",
        "name": "Reports",
        "status": "active",
        "hint": "FcX3",
        "createdAt": "2026-11-30T10:26:21.532Z",
        "createdBy": "user/first-administrator",
        "expiresAt": "2026-12-07T10:26:21.635Z",
        "effectiveExpiresAt": "2026-12-07T10:26:21.635Z",
        "effectiveExpiryBoundBy": "key",
        "acceptance": {
          "allowed": true,
          "reason": null
        },
        "readOnly": true,
        "scopes": [],
        "allowedIpRanges": null,
        "rateLimit": null,
        "lastUsedAt": null,
        "predecessorId": null,
        "successorId": null,
        "supersededUntil": null,
        "revokedAt": null,
        "revocationReason": null,
        "key": "kf_6rWdIMWtb4egysrAYPGiEd_EXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAM"
      }
    }
  },
  "createRole": {
    "example": {
      "request": {
        "name": "Directory",
        "description": "Reads who there is.",
        "permissions": [
          "users.read"
        ]
      },
      "status": 201,
      "answer": {
        "id": "01a22bfd-c169-715b-91c6-7d049cd79915",
        "name": "Directory",
        "description": "Reads who there is.",
        "permissions": [
          "users.read"
        ],
        "system": false
      }
    }
  },
  "createUser": {
    "example": {
      "request": {
        "username": "dana",
        "displayName": "Dana Reyes",
        "email": "dana@example.org",
        "password": "correct horse battery staple"
      },
      "status": 201,
      "answer": {
        "id": "01a22bfd-c25f-746d-b46f-274cf93a41fc",
        "username": "dana",
        "displayName": "Dana Reyes",
        "email": "dana@example.org",
        "status": "active",
        "supervisorId": null,
        "roles": [],
        "createdAt": "2026-11-30T10:26:20.433Z"
      }
    }
  },
  "createWebhook": {
    "example": {
      "request": {
        "url": "https://hooks.example.org/keyfold",
        "types": [
          "ApiKeyExpiring"
        ]
      },
      "status": 201,
      "answer": {
        "id": "d2d36f2f-aa03-4942-8a81-e6a46c381bed",
        "url": "https://hooks.example.org/keyfold",
        "types": [
          "ApiKeyExpiring"
        ],
        "enabled": true,
        "createdAt": "2026-11-30T10:26:22.097Z",
        "createdBy": "user/first-administrator",
        "previousSecretUntil": null,
        "secret": "whsec_EXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLE"
      }
    }
  },
  "deactivateUser": {
    "example": {
      "status": 200,
      "answer": {
        "id": "01a22bfd-c393-72e9-8e26-b1007df8d71a",
        "username": "spare",
        "displayName": null,
        "email": null,
        "status": "deactivated",
        "supervisorId": null,
        "roles": [],
        "createdAt": "2026-11-30T10:26:20.692Z"
      }
    }
  },
  "deleteRole": {
    "example": {
      "status": 204
    }
  },
  "deleteWebhook": {
    "example": {
      "status": 204
    }
  },
  "downloadEventProof": {
    "example": {
      "status": 200,
      "answer": "c2sp.org/tlog-proof@v1\nindex 5\nlMRh7Irbn0syh+vPkb3lMN3AdJOw735Qd2vkB9HV4AI=\nQj66c1AlbIoqsGIdz6yip4UOslT4wp1qCAZ/WA5UUts=\nn1uhGEqZGgpUckEzosaWQ43KyCT3U++7spe6jghbYHc=\n\nkeyfold.local/8a2d9f65c07a\n8\nV8eQj0mNCTeEgafOU12ajVl7xAkYck1aJ6eURVH9spw=\n\n— keyfold.local/8a2d9f65c07a DoWvxde1PzdwHTXcxwZ9sAMzxqyWivRfcNSsEN8qQIxizQ4Sgaz+380bfUrpS1FX6vAOq2RbDVxJ+hHpRLzEsLsWWgQ=\n"
    }
  },
  "downloadReceipt": {
    "example": {
      "status": 200,
      "answer": {
        "format": "keyfold-receipt/1",
        "position": 52,
        "leaf": "eyJhY3RvciI6InVzZXIvMDFhMjJiZmQtYzI1Zi03NDZkLWI0NmYtMjc0Y2Y5M2E0MWZjIiwiY29ycmVsYXRpb25JZCI6IjAxYTIyYmZkLWQzMjItNzIwMS1hMjZjLWI1YTdlZjIxZmNlMSIsImRhdGEiOnsicmVhc29uIjoiVU5TUEVDSUZJRUQifSwicG9zaXRpb24iOjUyLCJyZWNvcmRlZEF0IjoiMjAyNi0xMS0zMFQxMDoyNjoyNC42ODBaIiwic2NoZW1hVmVyc2lvbiI6MSwic2VhbGVkIjp7fSwic3RyZWFtIjoiYXBpLWtleS81T1AwRFpiRkJJaGw2WnRzZzNINTh3IiwidHlwZSI6IkFwaUtleVJldm9rZWQiLCJ2ZXJzaW9uIjoyfQ==",
        "enrolments": [
          {
            "leaf": "eyJhY3RvciI6InN5c3RlbSIsImNvcnJlbGF0aW9uSWQiOiIwMWEyMmJmZC1kMTgyLTcwMzctYjY0Mi1mZTA2ZjI4YzcyMTIiLCJkYXRhIjp7ImdhdGV3YXlJZCI6ImdhdGV3YXktMSIsInByb2Nlc3MiOiIwIiwidmVyaWZpZXJLZXkiOiJnYXRld2F5LTEvMCs5ZTc1ODNmZitCRVRvSEdQUVFiSEp6NG1OWUZmTU1oU0pkWFF1UGJMY29rcHdFT0pXSjFQZiJ9LCJwb3NpdGlvbiI6NTEsInJlY29yZGVkQXQiOiIyMDI2LTExLTMwVDEwOjI2OjI0LjI2MFoiLCJzY2hlbWFWZXJzaW9uIjoxLCJzZWFsZWQiOnt9LCJzdHJlYW0iOiJnYXRld2F5L2dhdGV3YXktMSIsInR5cGUiOiJHYXRld2F5RW5yb2xsZWQiLCJ2ZXJzaW9uIjoxfQ==",
            "inclusion": {
              "leafIndex": 50,
              "treeSize": 52,
              "hashes": [
                "pjQHaEt0yIGf3AwHWKeBJMPrwjz0JA/fC2B5GfxadDU=",
                "/6dGOGmR1ZlYknOkP6v5KkBuBh9h1R0+zP9dCmkCDT4=",
                "nae/W0YveHKZl7ftVVeCjnX6prMRKdx2UOb3NgwmsLA=",
                "tZdnqc/UpPH9RF/sD3i1uwzPpI6x5uP+qn3+308tFAU="
              ]
            }
          }
        ],
        "proofs": [
          {
            "checkpoint": "keyfold.local/8a2d9f65c07a\n52\nIqOU/D0iavW51EC6xG/dMOC80UjLwSw9Ov6H4sRBSPs=\n\n— keyfold.local/8a2d9f65c07a DoWvxV4yXNs914PQJvjq4Yxl8R/M5pdPFFDUDvX/v6Bw4L78Tk072SZk8g59On/MLRo5dloIscB70OOm0Epr9hUY8AE=\n— gateway-1/0 nnWD/wAAAABrDU9QWiICSXmYXT81WDUvXr8IpjRq1GUkApuYN18JydDRuxOpWyoakX/4oD2BgO3IM74w6YPERkKVUrohz0cKj1B/DQ==\n",
            "inclusion": {
              "leafIndex": 51,
              "treeSize": 52,
              "hashes": [
                "Kd/acAA9HLKUBF0wg586JeFYP/GDFRHa5wuWP4L6MaQ=",
                "/6dGOGmR1ZlYknOkP6v5KkBuBh9h1R0+zP9dCmkCDT4=",
                "nae/W0YveHKZl7ftVVeCjnX6prMRKdx2UOb3NgwmsLA=",
                "tZdnqc/UpPH9RF/sD3i1uwzPpI6x5uP+qn3+308tFAU="
              ]
            }
          }
        ],
        "statement": "keyfold-receipt/1\nkeyfold.local/8a2d9f65c07a\n52\ngateway-1 0 applied 52 2026-11-30T10:26:24.706Z\n\n— keyfold.local/8a2d9f65c07a DoWvxcf6+rmH1PX0DXzc+v4lyQ3At92GmHjRvVor8dgVePhQm4HMHwFCxyGhsKgYESSyxhdExLigFKluTRU3dI8QNQs=\n"
      }
    }
  },
  "endOwnSession": {
    "example": {
      "status": 204
    }
  },
  "endUserSession": {
    "example": {
      "status": 204
    }
  },
  "endUserSessions": {
    "example": {
      "status": 204
    }
  },
  "eraseUser": {
    "example": {
      "status": 200,
      "answer": {
        "id": "01a22bfd-c393-72e9-8e26-b1007df8d71a",
        "username": null,
        "displayName": null,
        "email": null,
        "status": "erased",
        "supervisorId": null,
        "roles": [],
        "createdAt": "2026-11-30T10:26:20.692Z"
      }
    }
  },
  "explainDecision": {
    "example": {
      "request": {
        "keyId": "5OP0DZbFBIhl6Ztsg3H58w",
        "method": "GET",
        "ip": "192.0.2.7"
      },
      "status": 200,
      "answer": {
        "allowed": true,
        "reason": null,
        "decidedAtPosition": 37,
        "at": "2026-11-30T10:26:22.720Z",
        "because": [
          {
            "position": 5,
            "type": "RoleCreated",
            "summary": "role/api-key-sign-in, description May sign in to services with an API key of one’s own., name API Key Sign In, permissions [\"api-key.sign-in\"], system true"
          },
          {
            "position": 9,
            "type": "SecuritySettingsChanged",
            "summary": "settings/security, apiKeyAuthenticationEnabled false -> true, maxApiKeyLifetimeDays 180 -> 90"
          },
          {
            "position": 12,
            "type": "UserCreated",
            "summary": "user/01a22bfd-c25f-746d-b46f-274cf93a41fc"
          },
          {
            "position": 15,
            "type": "RoleGranted",
            "summary": "user/01a22bfd-c25f-746d-b46f-274cf93a41fc, roleId api-key-sign-in"
          },
          {
            "position": 30,
            "type": "ApiKeyIssued",
            "summary": "api-key/5OP0DZbFBIhl6Ztsg3H58w, expiry {\"days\":30}, hint oT8N, predecessorId 2AvsrrnnnrMp0iiueirc1w, rateLimit {\"requests\":100,\"seconds\":60}, readOnly false, s…"
          }
        ]
      }
    }
  },
  "exportLog": {
    "example": {
      "status": 200,
      "answer": "{\"actor\":\"system\",\"correlationId\":\"01a22bfd-bd05-7762-a82e-12c8735dca80\",\"data\":{\"description\":\"May do everything.\",\"name\":\"Administrator\",\"permissions\":[\"settings.read\",\"settings.manage\",\"roles.read\",\"roles.manage\",\"roles.grant\",\"users.read\",\"users.manage\",\"api-key.generate\",\"api-key.sign-in\",\"api-keys.manage\",\"api-keys.supervise\",\"audit.read\",\"audit.reveal\"],\"system\":true},\"position\":1,\"recordedAt\":\"2026-11-30T10:26:19.037Z\",\"schemaVersion\":1,\"sealed\":{},\"stream\":\"role/administrator\",\"type\":\"RoleCreated\",\"version\":1}\n{\"checkpoint\":\"keyfold.local/8a2d9f65c07a\\n1\\nEQmzNuU5AP3eSemqisDtc6XlQZo96l6gA5/AECf2E3Q=\\n\\n— keyfold.local/8a2d9f65c07a DoWvxZWmrbnpyIHZB+6edphKkK5Jb1Rz+WuH+a66H1+R8xb9h73Bq4pD76GRmAsu/H0KijM9TP3V1C4DGtXqvg2W4A4=\\n\",\"subtrees\":{\"level\":0,\"hashes\":\"EQmzNuU5AP3eSemqisDtc6XlQZo96l6gA5/AECf2E3Q=\"}}\n"
    }
  },
  "finishOidcSignIn": {
    "example": {
      "status": 200,
      "answer": {
        "token": "kfs_EXAMPLE-EXAMPLE-EXAMPLE-EXAMPLE-EXAMPLE",
        "expiresAt": "2026-11-30T22:26:22.495Z",
        "user": {
          "id": "01a22bfd-c25f-746d-b46f-274cf93a41fc",
          "username": "dana",
          "displayName": "Dana M. Reyes",
          "email": "dana@example.org",
          "status": "active",
          "supervisorId": null,
          "roles": [
            {
              "id": "api-key-generate",
              "name": "API Key Generate"
            },
            {
              "id": "api-key-sign-in",
              "name": "API Key Sign In"
            }
          ],
          "createdAt": "2026-11-30T10:26:20.433Z"
        }
      }
    },
    "page": {
      "status": 200,
      "answer": "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>Keyfold</title><meta http-equiv=\"refresh\" content=\"0;url='/docs'\"></head>\n<body><p>You are signed in. <a href=\"/docs\">Go on</a></p></body>\n</html>\n"
    }
  },
  "grantRole": {
    "example": {
      "status": 200,
      "answer": {
        "id": "01a22bfd-c25f-746d-b46f-274cf93a41fc",
        "username": "dana",
        "displayName": "Dana Reyes",
        "email": "dana@example.org",
        "status": "active",
        "supervisorId": null,
        "roles": [
          {
            "id": "api-key-generate",
            "name": "API Key Generate"
          },
          {
            "id": "api-key-sign-in",
            "name": "API Key Sign In"
          }
        ],
        "createdAt": "2026-11-30T10:26:20.433Z"
      }
    }
  },
  "issueOwnApiKey": {
    "example": {
      "request": {
        "name": "Zapier",
        "expiresInDays": 30,
        "scopes": [
          "invoices:read"
        ],
        "rateLimit": {
          "requests": 100,
          "seconds": 60
        }
      },
      "status": 201,
      "answer": {
        "id": "2AvsrrnnnrMp0iiueirc1w",
        "userId": "01a22bfd-c25f-746d-b46f-274cf93a41fc",
        "username": "dana",
        "name": "Zapier",
        "status": "active",
        "hint": "mBuH",
        "createdAt": "2026-11-30T10:26:21.422Z",
        "createdBy": "user/01a22bfd-c25f-746d-b46f-274cf93a41fc",
        "expiresAt": "2026-12-30T10:26:21.422Z",
        "effectiveExpiresAt": "2026-12-30T10:26:21.422Z",
        "effectiveExpiryBoundBy": "key",
        "acceptance": {
          "allowed": true,
          "reason": null
        },
        "readOnly": false,
        "scopes": [
          "invoices:read"
        ],
        "allowedIpRanges": null,
        "rateLimit": {
          "requests": 100,
          "seconds": 60
        },
        "lastUsedAt": null,
        "predecessorId": null,
        "successorId": null,
        "supersededUntil": null,
        "revokedAt": null,
        "revocationReason": null,
        "key": "kf_2AvsrrnnnrMp0iiueirc1w_EXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAM"
      }
    }
  },
  "linkOidcIdentity": {
    "example": {
      "request": {
        "subject": "dana-at-the-issuer"
      },
      "status": 200,
      "answer": {
        "id": "01a22bfd-c25f-746d-b46f-274cf93a41fc",
        "username": "dana",
        "displayName": "Dana M. Reyes",
        "email": "dana@example.org",
        "status": "active",
        "supervisorId": null,
        "roles": [
          {
            "id": "api-key-generate",
            "name": "API Key Generate"
          },
          {
            "id": "api-key-sign-in",
            "name": "API Key Sign In"
          }
        ],
        "createdAt": "2026-11-30T10:26:20.433Z"
      }
    }
  },
  "listApiKeys": {
    "example": {
      "status": 200,
      "answer": {
        "items": [
          {
            "id": "2AvsrrnnnrMp0iiueirc1w",
            "userId": "01a22bfd-c25f-746d-b46f-274cf93a41fc",
            "username": "dana",
            "name": "Zapier",
            "status": "active",
            "hint": "mBuH",
            "createdAt": "2026-11-30T10:26:21.422Z",
            "createdBy": "user/01a22bfd-c25f-746d-b46f-274cf93a41fc",
            "expiresAt": "2026-12-30T10:26:21.422Z",
            "effectiveExpiresAt": "2026-12-30T10:26:21.422Z",
            "effectiveExpiryBoundBy": "key",
            "acceptance": {
              "allowed": true,
              "reason": null
            },
            "readOnly": false,
            "scopes": [
              "invoices:read"
            ],
            "allowedIpRanges": null,
            "rateLimit": {
              "seconds": 60,
              "requests": 100
            },
            "lastUsedAt": null,
            "predecessorId": null,
            "successorId": null,
            "supersededUntil": null,
            "revokedAt": null,
            "revocationReason": null
          }
        ],
        "nextCursor": null
      }
    },
    "csv": {
      "status": 200,
      "answer": "id,userId,username,name,status,hint,createdAt,createdBy,expiresAt,effectiveExpiresAt,effectiveExpiryBoundBy,accepted,refusalReason,readOnly,scopes,allowedIpRanges,rateLimitRequests,rateLimitSeconds,lastUsedAt,predecessorId,successorId,supersededUntil,revokedAt,revocationReason\r\n2AvsrrnnnrMp0iiueirc1w,01a22bfd-c25f-746d-b46f-274cf93a41fc,dana,Zapier,active,mBuH,2026-11-30T10:26:21.422Z,user/01a22bfd-c25f-746d-b46f-274cf93a41fc,2026-12-30T10:26:21.422Z,2026-12-30T10:26:21.422Z,key,true,,false,invoices:read,,100,60,,,,,,\r\n"
    }
  },
  "listCosignedCheckpoints": {
    "example": {
      "status": 200,
      "answer": {
        "items": [
          {
            "size": 8,
            "cosignedAt": "2026-11-30T10:26:19.000Z",
            "checkpoint": "keyfold.local/8a2d9f65c07a\n8\nV8eQj0mNCTeEgafOU12ajVl7xAkYck1aJ6eURVH9spw=\n\n— keyfold.local/8a2d9f65c07a DoWvxde1PzdwHTXcxwZ9sAMzxqyWivRfcNSsEN8qQIxizQ4Sgaz+380bfUrpS1FX6vAOq2RbDVxJ+hHpRLzEsLsWWgQ=\n— keyfold.local/8a2d9f65c07a/clock TWA9kgAAAABrDU9LFAbwTH2YF9jum3xofulu0H4ttpKrMkrosXbGXtOnh2BjWUwIYEMpq81L1sVb5011W9YL5Wg+EZnPvXf9p7p3DQ==\n"
          }
        ],
        "nextCursor": null
      }
    }
  },
  "listEvents": {
    "example": {
      "status": 200,
      "answer": {
        "items": [],
        "nextCursor": null
      }
    }
  },
  "listGateways": {
    "example": {
      "status": 200,
      "answer": {
        "items": [
          {
            "gatewayId": "gateway-1",
            "processes": [
              {
                "slot": "0",
                "incarnation": "3fb5d037-75b0-4992-bd32-4a049a31b7db",
                "verifierKey": "gateway-1/0+9e7583ff+BEToHGPQQbHJz4mNYFfMMhSJdXQuPbLcokpwEOJWJ1Pf",
                "fingerprint": "SHA256:x3SEsOk6gzY0mluzQqHJYCnhUKSk9jG39Qd04H8Q41k",
                "enrolled": true,
                "noLease": null,
                "appliedPosition": 52,
                "lagEvents": 0,
                "leaseUntil": "2026-11-30T10:27:24.701Z",
                "lastSeenAt": "2026-11-30T10:26:24.701Z",
                "version": "0.1.0"
              }
            ],
            "appliedPosition": 52,
            "lagEvents": 0,
            "leaseUntil": "2026-11-30T10:27:24.701Z",
            "lastSeenAt": "2026-11-30T10:26:24.701Z",
            "version": "0.1.0"
          }
        ],
        "nextCursor": null
      }
    }
  },
  "listNotices": {
    "example": {
      "status": 200,
      "answer": {
        "items": [
          {
            "id": "714839d6-4c50-45d7-af41-d6d6b83f1b17",
            "type": "ApiKeyRevoked",
            "occurredAt": "2026-11-30T10:26:21.898Z",
            "userId": "01a22bfd-c25f-746d-b46f-274cf93a41fc",
            "keyId": "2AvsrrnnnrMp0iiueirc1w",
            "keyName": "Zapier",
            "read": true,
            "data": {
              "reason": "SUPERSEDED"
            }
          }
        ],
        "nextCursor": "NQ"
      }
    }
  },
  "listOwnApiKeys": {
    "example": {
      "status": 200,
      "answer": {
        "items": [
          {
            "id": "2AvsrrnnnrMp0iiueirc1w",
            "userId": "01a22bfd-c25f-746d-b46f-274cf93a41fc",
            "username": "dana",
            "name": "Zapier",
            "status": "active",
            "hint": "mBuH",
            "createdAt": "2026-11-30T10:26:21.422Z",
            "createdBy": "user/01a22bfd-c25f-746d-b46f-274cf93a41fc",
            "expiresAt": "2026-12-30T10:26:21.422Z",
            "effectiveExpiresAt": "2026-12-30T10:26:21.422Z",
            "effectiveExpiryBoundBy": "key",
            "acceptance": {
              "allowed": true,
              "reason": null
            },
            "readOnly": false,
            "scopes": [
              "invoices:read"
            ],
            "allowedIpRanges": null,
            "rateLimit": {
              "seconds": 60,
              "requests": 100
            },
            "lastUsedAt": null,
            "predecessorId": null,
            "successorId": null,
            "supersededUntil": null,
            "revokedAt": null,
            "revocationReason": null
          }
        ],
        "nextCursor": null
      }
    }
  },
  "listOwnNotices": {
    "example": {
      "status": 200,
      "answer": {
        "items": [
          {
            "id": "714839d6-4c50-45d7-af41-d6d6b83f1b17",
            "type": "ApiKeyRevoked",
            "occurredAt": "2026-11-30T10:26:21.898Z",
            "userId": "01a22bfd-c25f-746d-b46f-274cf93a41fc",
            "keyId": "2AvsrrnnnrMp0iiueirc1w",
            "keyName": "Zapier",
            "read": false,
            "data": {
              "reason": "SUPERSEDED"
            }
          }
        ],
        "nextCursor": "NQ"
      }
    }
  },
  "listOwnSessions": {
    "example": {
      "status": 200,
      "answer": {
        "items": [
          {
            "id": "01a22bfd-c4fd-710b-beae-61857e9ead73",
            "createdAt": "2026-11-30T10:26:21.052Z",
            "lastSeenAt": "2026-11-30T10:26:21.052Z",
            "expiresAt": "2026-11-30T22:26:21.052Z",
            "address": "127.0.0.1",
            "userAgent": "node",
            "current": false
          },
          {
            "id": "01a22bfd-c44a-7455-9ff2-68776253239e",
            "createdAt": "2026-11-30T10:26:20.873Z",
            "lastSeenAt": "2026-11-30T10:26:20.873Z",
            "expiresAt": "2026-11-30T22:26:20.873Z",
            "address": "127.0.0.1",
            "userAgent": "node",
            "current": true
          }
        ],
        "nextCursor": null
      }
    }
  },
  "listPermissions": {
    "example": {
      "status": 200,
      "answer": {
        "items": [
          {
            "permission": "settings.read",
            "description": "See the security settings, the webhooks and the gateways."
          },
          {
            "permission": "settings.manage",
            "description": "Change the security settings, the webhooks and the gateways."
          }
        ],
        "nextCursor": "Mg"
      }
    }
  },
  "listRoleMembers": {
    "example": {
      "status": 200,
      "answer": {
        "items": [
          {
            "id": "01a22bfd-c25f-746d-b46f-274cf93a41fc",
            "username": "dana",
            "displayName": "Dana M. Reyes",
            "email": "dana@example.org",
            "status": "active",
            "supervisorId": null,
            "roles": [
              {
                "id": "api-key-generate",
                "name": "API Key Generate"
              },
              {
                "id": "api-key-sign-in",
                "name": "API Key Sign In"
              },
              {
                "id": "01a22bfd-c169-715b-91c6-7d049cd79915",
                "name": "Directory"
              }
            ],
            "createdAt": "2026-11-30T10:26:20.433Z"
          }
        ],
        "nextCursor": null,
        "total": 1
      }
    }
  },
  "listRoles": {
    "example": {
      "status": 200,
      "answer": {
        "items": [
          {
            "id": "administrator",
            "name": "Administrator",
            "description": "May do everything.",
            "permissions": [
              "settings.read",
              "settings.manage",
              "roles.read",
              "roles.manage",
              "roles.grant",
              "users.read",
              "users.manage",
              "api-key.generate",
              "api-key.sign-in",
              "api-keys.manage",
              "api-keys.supervise",
              "audit.read",
              "audit.reveal"
            ],
            "system": true
          },
          {
            "id": "auditor",
            "name": "Auditor",
            "description": "May read the settings, the roles and the whole log.",
            "permissions": [
              "settings.read",
              "roles.read",
              "audit.read"
            ],
            "system": true
          }
        ],
        "nextCursor": "Mg"
      }
    }
  },
  "listUserApiKeys": {
    "example": {
      "status": 200,
      "answer": {
        "items": [
          {
            "id": "6rWdIMWtb4egysrAYPGiEd",
            "userId": "01a22bfd-c25f-746d-b46f-274cf93a41fc",
            "username": "dana",
            "name": "Reports",
            "status": "active",
            "hint": "FcX3",
            "createdAt": "2026-11-30T10:26:21.532Z",
            "createdBy": "user/first-administrator",
            "expiresAt": "2026-12-07T10:26:21.635Z",
            "effectiveExpiresAt": "2026-12-07T10:26:21.635Z",
            "effectiveExpiryBoundBy": "key",
            "acceptance": {
              "allowed": true,
              "reason": null
            },
            "readOnly": true,
            "scopes": [],
            "allowedIpRanges": null,
            "rateLimit": null,
            "lastUsedAt": null,
            "predecessorId": null,
            "successorId": null,
            "supersededUntil": null,
            "revokedAt": null,
            "revocationReason": null
          },
          {
            "id": "2AvsrrnnnrMp0iiueirc1w",
            "userId": "01a22bfd-c25f-746d-b46f-274cf93a41fc",
            "username": "dana",
            "name": "Zapier",
            "status": "active",
            "hint": "mBuH",
            "createdAt": "2026-11-30T10:26:21.422Z",
            "createdBy": "user/01a22bfd-c25f-746d-b46f-274cf93a41fc",
            "expiresAt": "2026-12-30T10:26:21.422Z",
            "effectiveExpiresAt": "2026-12-30T10:26:21.422Z",
            "effectiveExpiryBoundBy": "key",
            "acceptance": {
              "allowed": true,
              "reason": null
            },
            "readOnly": false,
            "scopes": [
              "invoices:read"
            ],
            "allowedIpRanges": null,
            "rateLimit": {
              "seconds": 60,
              "requests": 100
            },
            "lastUsedAt": null,
            "predecessorId": null,
            "successorId": null,
            "supersededUntil": null,
            "revokedAt": null,
            "revocationReason": null
          }
        ],
        "nextCursor": null
      }
    }
  },
  "listUserOidcIdentities": {
    "example": {
      "status": 200,
      "answer": {
        "items": [
          {
            "id": "Iiqxs2Z_jG9pdY20_TNjon",
            "issuer": "http://127.0.0.1:44149",
            "subject": "dana-at-the-issuer",
            "linkedAt": "2026-11-30T10:26:22.308Z"
          }
        ],
        "nextCursor": null
      }
    }
  },
  "listUserSessions": {
    "example": {
      "status": 200,
      "answer": {
        "items": [
          {
            "id": "01a22bfd-c52f-739e-803e-e0d3f47ae9ce",
            "createdAt": "2026-11-30T10:26:21.101Z",
            "lastSeenAt": "2026-11-30T10:26:21.101Z",
            "expiresAt": "2026-11-30T22:26:21.101Z",
            "address": "127.0.0.1",
            "userAgent": "node",
            "current": false
          },
          {
            "id": "01a22bfd-c44a-7455-9ff2-68776253239e",
            "createdAt": "2026-11-30T10:26:20.873Z",
            "lastSeenAt": "2026-11-30T10:26:20.873Z",
            "expiresAt": "2026-11-30T22:26:20.873Z",
            "address": "127.0.0.1",
            "userAgent": "node",
            "current": false
          }
        ],
        "nextCursor": null
      }
    }
  },
  "listUsers": {
    "example": {
      "status": 200,
      "answer": {
        "items": [
          {
            "id": "01a22bfd-c25f-746d-b46f-274cf93a41fc",
            "username": "dana",
            "displayName": "Dana Reyes",
            "email": "dana@example.org",
            "status": "active",
            "supervisorId": null,
            "roles": [
              {
                "id": "api-key-generate",
                "name": "API Key Generate"
              },
              {
                "id": "api-key-sign-in",
                "name": "API Key Sign In"
              },
              {
                "id": "01a22bfd-c169-715b-91c6-7d049cd79915",
                "name": "Directory"
              }
            ],
            "createdAt": "2026-11-30T10:26:20.433Z"
          }
        ],
        "nextCursor": null
      }
    }
  },
  "listWebhookDeliveries": {
    "example": {
      "status": 200,
      "answer": {
        "items": [
          {
            "id": "17cf59c8-f96e-460e-91b9-2ae8d80206e6",
            "noticeId": null,
            "type": "WebhookTest",
            "status": "pending",
            "attempts": 0,
            "createdAt": "2026-11-30T10:26:22.172Z",
            "nextAttemptAt": "2026-11-30T10:26:22.172Z",
            "lastAttemptAt": null,
            "lastStatus": null,
            "lastError": null
          }
        ],
        "nextCursor": null
      }
    }
  },
  "listWebhooks": {
    "example": {
      "status": 200,
      "answer": {
        "items": [
          {
            "id": "d2d36f2f-aa03-4942-8a81-e6a46c381bed",
            "url": "https://hooks.example.org/keyfold",
            "types": [
              "ApiKeyExpiring"
            ],
            "enabled": true,
            "createdAt": "2026-11-30T10:26:22.097Z",
            "createdBy": "user/first-administrator",
            "previousSecretUntil": null
          }
        ],
        "nextCursor": null
      }
    }
  },
  "promiseApiKey": {
    "example": {
      "request": {
        "name": "Reports",
        "expiresInDays": 7,
        "readOnly": true
      },
      "status": 201,
      "answer": {
        "id": "6rWdIMWtb4egysrAYPGiEd",
        "userId": "01a22bfd-c25f-746d-b46f-274cf93a41fc",
        "username": "dana",
        "name": "Reports",
        "status": "pending",
        "hint": null,
        "createdAt": "2026-11-30T10:26:21.532Z",
        "createdBy": "user/first-administrator",
        "expiresAt": null,
        "effectiveExpiresAt": null,
        "effectiveExpiryBoundBy": null,
        "acceptance": {
          "allowed": false,
          "reason": "UNKNOWN_KEY"
        },
        "readOnly": true,
        "scopes": [],
        "allowedIpRanges": null,
        "rateLimit": null,
        "lastUsedAt": null,
        "predecessorId": null,
        "successorId": null,
        "supersededUntil": null,
        "revokedAt": null,
        "revocationReason": null,
        "key": null
      }
    }
  },
  "proveConsistency": {
    "example": {
      "status": 200,
      "answer": {
        "from": 3,
        "to": 8,
        "hashes": [
          "iCdQn/beT1CQM+q4YwMw9/1SjQhrCI4+Umz2wKQZSmg=",
          "zXCdPfbTrPvEvHXV53in8qHvirvaacj56itD0aWRZRU=",
          "Ms5hUSgAUqRTOd825EL0lNAyis0e6A83GpWIjhFgSCY=",
          "rNvAvKfLLO3N3fkWdfzrUGa+N4CBk8Doujkua2fU9PI="
        ]
      }
    }
  },
  "proveEvent": {
    "example": {
      "status": 200,
      "answer": {
        "leafIndex": 5,
        "treeSize": 8,
        "checkpoint": "keyfold.local/8a2d9f65c07a\n8\nV8eQj0mNCTeEgafOU12ajVl7xAkYck1aJ6eURVH9spw=\n\n— keyfold.local/8a2d9f65c07a DoWvxde1PzdwHTXcxwZ9sAMzxqyWivRfcNSsEN8qQIxizQ4Sgaz+380bfUrpS1FX6vAOq2RbDVxJ+hHpRLzEsLsWWgQ=\n",
        "hashes": [
          "lMRh7Irbn0syh+vPkb3lMN3AdJOw735Qd2vkB9HV4AI=",
          "Qj66c1AlbIoqsGIdz6yip4UOslT4wp1qCAZ/WA5UUts=",
          "n1uhGEqZGgpUckEzosaWQ43KyCT3U++7spe6jghbYHc="
        ]
      }
    }
  },
  "reactivateUser": {
    "example": {
      "status": 200,
      "answer": {
        "id": "01a22bfd-c393-72e9-8e26-b1007df8d71a",
        "username": "spare",
        "displayName": null,
        "email": null,
        "status": "active",
        "supervisorId": null,
        "roles": [],
        "createdAt": "2026-11-30T10:26:20.692Z"
      }
    }
  },
  "readApiKey": {
    "example": {
      "status": 200,
      "answer": {
        "id": "2AvsrrnnnrMp0iiueirc1w",
        "userId": "01a22bfd-c25f-746d-b46f-274cf93a41fc",
        "username": "dana",
        "name": "Zapier",
        "status": "active",
        "hint": "mBuH",
        "createdAt": "2026-11-30T10:26:21.422Z",
        "createdBy": "user/01a22bfd-c25f-746d-b46f-274cf93a41fc",
        "expiresAt": "2026-12-30T10:26:21.422Z",
        "effectiveExpiresAt": "2026-12-30T10:26:21.422Z",
        "effectiveExpiryBoundBy": "key",
        "acceptance": {
          "allowed": true,
          "reason": null
        },
        "readOnly": false,
        "scopes": [
          "invoices:read"
        ],
        "allowedIpRanges": null,
        "rateLimit": {
          "seconds": 60,
          "requests": 100
        },
        "lastUsedAt": null,
        "predecessorId": null,
        "successorId": null,
        "supersededUntil": null,
        "revokedAt": null,
        "revocationReason": null
      }
    }
  },
  "readCheckpoint": {
    "example": {
      "status": 200,
      "answer": "keyfold.local/8a2d9f65c07a\n37\nIgHXbr6Ltu3EJfi69hQIcEFRYNgvaur3QMDB0BY6+KA=\n\n— keyfold.local/8a2d9f65c07a DoWvxTtnn+24bzm5vfgfaKl1js80tVGGqERcGzutFl+EUC0BeL89uLlnqg3B4prYXMNO2W68Zu0poIuuY5gKMRAjMgk=\n— keyfold.local/8a2d9f65c07a/clock TWA9kgAAAABrDU9Ow6XeEOSDIm+r3zXIVqVC5zOqRcxZlYwfAJ0cYc5K274n+gtHC5/nuAH6W3BzLEv4tGtuHizodiXuQQFPg/iLBw==\n"
    }
  },
  "readConfirmation": {
    "example": {
      "status": 200,
      "answer": {
        "status": "confirmed",
        "gateways": [
          {
            "by": "applied",
            "gatewayId": "gateway-1",
            "leaseUntil": "2026-11-30T10:27:24.701Z",
            "confirmedAt": "2026-11-30T10:26:24.706Z",
            "appliedPosition": 52
          }
        ],
        "position": 52
      }
    }
  },
  "readEntryTile": {
    "example": {
      "status": 200
    }
  },
  "readEvent": {
    "example": {
      "status": 200,
      "answer": {
        "actor": "system",
        "correlationId": "01a22bfd-bd05-7762-a82e-12c8735dca80",
        "data": {
          "supervisorId": null
        },
        "position": 6,
        "recordedAt": "2026-11-30T10:26:19.147Z",
        "schemaVersion": 1,
        "sealed": {
          "username": "c2cC9_N5Dgzb1jqVsv14-dQXhZrpAVDUtS_P2EUQYNQ"
        },
        "stream": "user/first-administrator",
        "type": "UserCreated",
        "version": 1
      }
    }
  },
  "readHashTile": {
    "example": {
      "status": 200
    }
  },
  "readKeyPolicy": {
    "example": {
      "status": 200,
      "answer": {
        "apiKeyAuthenticationEnabled": true,
        "maxApiKeyLifetimeDays": 90,
        "rotationGraceMaxSeconds": 604800,
        "maxActiveKeysPerUser": 20,
        "activeKeys": 0,
        "mayGenerate": true,
        "maySignIn": true,
        "gatewayUrl": "https://keys.example.org"
      }
    }
  },
  "readLogCosigner": {
    "example": {
      "status": 200,
      "answer": "keyfold-cosigner/1\nkeyfold.local/8a2d9f65c07a\nkeyfold.local/8a2d9f65c07a/clock+4d603d92+BOyj4vyvaZFRiT+huaJBeLGLRiBltDO55baAyr/eRMUI\n\n— keyfold.local/8a2d9f65c07a DoWvxZEnQdUut2l83ls9gvmyL/mAvDysJvwhDdBQe0KY5rJEMM7SRGaXixBCKBXDWzjJk8vezkL9sUMkJDfSqY+HRww=\n"
    }
  },
  "readLogPublicKey": {
    "example": {
      "status": 200,
      "answer": "keyfold.local/8a2d9f65c07a+0e85afc5+AdMCUR9UtmDHhpEQkzqP5s7MiFH8G7Ppd3Ke5Ut88RJj\n"
    }
  },
  "readMe": {
    "example": {
      "status": 200,
      "answer": {
        "id": "01a22bfd-c25f-746d-b46f-274cf93a41fc",
        "username": "dana",
        "displayName": "Dana M. Reyes",
        "email": "dana@example.org",
        "status": "active",
        "supervisorId": null,
        "roles": [
          {
            "id": "api-key-generate",
            "name": "API Key Generate"
          },
          {
            "id": "api-key-sign-in",
            "name": "API Key Sign In"
          }
        ],
        "createdAt": "2026-11-30T10:26:20.433Z",
        "permissions": [
          "api-key.generate",
          "api-key.sign-in"
        ],
        "initialPassword": false
      }
    }
  },
  "readNotices": {
    "example": {
      "request": {
        "upTo": "714839d6-4c50-45d7-af41-d6d6b83f1b17"
      },
      "status": 200,
      "answer": {
        "unread": 0
      }
    }
  },
  "readPastState": {
    "example": {
      "status": 200,
      "answer": {
        "position": 2,
        "at": "2026-11-30T10:26:19.047Z",
        "settings": {
          "apiKeyAuthenticationEnabled": false,
          "maxApiKeyLifetimeDays": 180,
          "gatewayLeaseSeconds": 60,
          "rotationGraceMaxSeconds": 604800,
          "maxActiveKeysPerUser": 20,
          "defaultKeyRateLimit": null,
          "journal": "denials",
          "journalRetentionDays": 400,
          "isUsable": true,
          "bulkRevocations": []
        },
        "roles": [
          {
            "id": "administrator",
            "status": "active",
            "name": "Administrator",
            "description": "May do everything.",
            "permissions": [
              "settings.read",
              "settings.manage",
              "roles.read",
              "roles.manage",
              "roles.grant",
              "users.read",
              "users.manage",
              "api-key.generate",
              "api-key.sign-in",
              "api-keys.manage",
              "api-keys.supervise",
              "audit.read",
              "audit.reveal"
            ],
            "system": true
          },
          {
            "id": "auditor",
            "status": "active",
            "name": "Auditor",
            "description": "May read the settings, the roles and the whole log.",
            "permissions": [
              "settings.read",
              "roles.read",
              "audit.read"
            ],
            "system": true
          }
        ],
        "users": [],
        "keys": []
      }
    }
  },
  "readRole": {
    "example": {
      "status": 200,
      "answer": {
        "id": "01a22bfd-c169-715b-91c6-7d049cd79915",
        "name": "Directory",
        "description": "Reads who there is.",
        "permissions": [
          "users.read"
        ],
        "system": false
      }
    }
  },
  "readSecuritySettings": {
    "example": {
      "status": 200,
      "answer": {
        "journal": "denials",
        "defaultKeyRateLimit": null,
        "gatewayLeaseSeconds": 60,
        "journalRetentionDays": 400,
        "maxActiveKeysPerUser": 20,
        "maxApiKeyLifetimeDays": 90,
        "rotationGraceMaxSeconds": 604800,
        "apiKeyAuthenticationEnabled": true,
        "gatewayEnrolment": "automatic"
      }
    }
  },
  "readSignInOptions": {
    "example": {
      "status": 200,
      "answer": {
        "signedIn": false,
        "password": true,
        "oidc": {
          "startUrl": "/v1/sessions/oidc/start",
          "label": "single sign-on"
        }
      }
    }
  },
  "readUser": {
    "example": {
      "status": 200,
      "answer": {
        "id": "01a22bfd-c25f-746d-b46f-274cf93a41fc",
        "username": "dana",
        "displayName": "Dana Reyes",
        "email": "dana@example.org",
        "status": "active",
        "supervisorId": null,
        "roles": [
          {
            "id": "api-key-generate",
            "name": "API Key Generate"
          },
          {
            "id": "api-key-sign-in",
            "name": "API Key Sign In"
          },
          {
            "id": "01a22bfd-c169-715b-91c6-7d049cd79915",
            "name": "Directory"
          }
        ],
        "createdAt": "2026-11-30T10:26:20.433Z"
      }
    }
  },
  "readWebhook": {
    "example": {
      "status": 200,
      "answer": {
        "id": "d2d36f2f-aa03-4942-8a81-e6a46c381bed",
        "url": "https://hooks.example.org/keyfold",
        "types": [
          "ApiKeyExpiring"
        ],
        "enabled": true,
        "createdAt": "2026-11-30T10:26:22.097Z",
        "createdBy": "user/first-administrator",
        "previousSecretUntil": null
      }
    }
  },
  "replayWebhookDelivery": {
    "example": {
      "status": 200,
      "answer": {
        "id": "17cf59c8-f96e-460e-91b9-2ae8d80206e6",
        "noticeId": null,
        "type": "WebhookTest",
        "status": "pending",
        "attempts": 0,
        "createdAt": "2026-11-30T10:26:22.172Z",
        "nextAttemptAt": "2026-11-30T10:26:22.172Z",
        "lastAttemptAt": null,
        "lastStatus": null,
        "lastError": null
      }
    }
  },
  "reportKeys": {
    "example": {
      "status": 200,
      "answer": {
        "countedAt": "2026-11-30T10:26:22.791Z",
        "byAge": [
          {
            "fromDays": 0,
            "toDays": 7,
            "keys": 1
          },
          {
            "fromDays": 7,
            "toDays": 30,
            "keys": 0
          },
          {
            "fromDays": 30,
            "toDays": 60,
            "keys": 0
          },
          {
            "fromDays": 60,
            "toDays": 90,
            "keys": 0
          },
          {
            "fromDays": 90,
            "toDays": 180,
            "keys": 0
          },
          {
            "fromDays": 180,
            "toDays": null,
            "keys": 0
          }
        ],
        "byTimeToExpiry": [
          {
            "fromDays": 0,
            "toDays": 1,
            "keys": 0
          },
          {
            "fromDays": 1,
            "toDays": 7,
            "keys": 0
          },
          {
            "fromDays": 7,
            "toDays": 30,
            "keys": 1
          },
          {
            "fromDays": 30,
            "toDays": 60,
            "keys": 0
          },
          {
            "fromDays": 60,
            "toDays": 90,
            "keys": 0
          },
          {
            "fromDays": 90,
            "toDays": null,
            "keys": 0
          }
        ],
        "weeks": [
          {
            "start": "2026-11-23",
            "issued": 0,
            "revoked": 0
          },
          {
            "start": "2026-11-30",
            "issued": 3,
            "revoked": 2
          }
        ]
      }
    }
  },
  "reportLeak": {
    "example": {
      "request": {
        "key": "kf_2AvsrrnnnrMp0iiueirc1w_EXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAM"
      },
      "status": 202
    }
  },
  "retireGateway": {
    "example": {
      "status": 204
    }
  },
  "revokeApiKey": {
    "example": {
      "request": {
        "reason": "AFFILIATION_CHANGED",
        "note": "The report has moved."
      },
      "status": 200,
      "answer": {
        "id": "6rWdIMWtb4egysrAYPGiEd",
        "userId": "01a22bfd-c25f-746d-b46f-274cf93a41fc",
        "username": "dana",
        "name": "Reports",
        "status": "revoked",
        "hint": "FcX3",
        "createdAt": "2026-11-30T10:26:21.532Z",
        "createdBy": "user/first-administrator",
        "expiresAt": "2026-12-07T10:26:21.635Z",
        "effectiveExpiresAt": "2026-12-07T10:26:21.635Z",
        "effectiveExpiryBoundBy": "key",
        "acceptance": {
          "allowed": false,
          "reason": "REVOKED"
        },
        "readOnly": true,
        "scopes": [],
        "allowedIpRanges": null,
        "rateLimit": null,
        "lastUsedAt": null,
        "predecessorId": null,
        "successorId": null,
        "supersededUntil": null,
        "revokedAt": "2026-11-30T10:26:21.826Z",
        "revocationReason": "AFFILIATION_CHANGED"
      }
    },
    "waited": {
      "request": {
        "reason": "UNSPECIFIED"
      },
      "status": 200,
      "answer": {
        "id": "5OP0DZbFBIhl6Ztsg3H58w",
        "userId": "01a22bfd-c25f-746d-b46f-274cf93a41fc",
        "username": "dana",
        "name": "Zapier",
        "status": "revoked",
        "hint": "oT8N",
        "createdAt": "2026-11-30T10:26:21.776Z",
        "createdBy": "user/01a22bfd-c25f-746d-b46f-274cf93a41fc",
        "expiresAt": "2026-12-30T10:26:21.776Z",
        "effectiveExpiresAt": "2026-12-30T10:26:21.776Z",
        "effectiveExpiryBoundBy": "key",
        "acceptance": {
          "allowed": false,
          "reason": "REVOKED"
        },
        "readOnly": false,
        "scopes": [
          "invoices:read"
        ],
        "allowedIpRanges": null,
        "rateLimit": {
          "requests": 100,
          "seconds": 60
        },
        "lastUsedAt": null,
        "predecessorId": "2AvsrrnnnrMp0iiueirc1w",
        "successorId": null,
        "supersededUntil": null,
        "revokedAt": "2026-11-30T10:26:24.680Z",
        "revocationReason": "UNSPECIFIED",
        "confirmation": {
          "status": "confirmed",
          "position": 52,
          "gateways": [
            {
              "gatewayId": "gateway-1",
              "appliedPosition": 52,
              "by": "applied",
              "confirmedAt": "2026-11-30T10:26:24.706Z",
              "leaseUntil": "2026-11-30T10:27:24.701Z"
            }
          ]
        }
      }
    }
  },
  "revokeApiKeys": {
    "dryRun": {
      "request": {
        "filter": {
          "keyIds": [
            "2AvsrrnnnrMp0iiueirc1w"
          ]
        },
        "reason": "SUPERSEDED"
      },
      "status": 200,
      "answer": {
        "affected": {
          "keys": 1,
          "users": 1
        },
        "sample": [
          {
            "keyId": "2AvsrrnnnrMp0iiueirc1w",
            "username": "dana",
            "name": "Zapier",
            "effectiveExpiresAt": "2026-12-30T10:26:21.422Z",
            "lastUsedAt": null
          }
        ]
      }
    },
    "example": {
      "request": {
        "filter": {
          "keyIds": [
            "2AvsrrnnnrMp0iiueirc1w"
          ]
        },
        "reason": "SUPERSEDED"
      },
      "status": 200,
      "answer": {
        "revoked": 1
      }
    }
  },
  "rotateApiKey": {
    "example": {
      "request": {
        "graceSeconds": 3600
      },
      "status": 201,
      "answer": {
        "id": "5OP0DZbFBIhl6Ztsg3H58w",
        "userId": "01a22bfd-c25f-746d-b46f-274cf93a41fc",
        "username": "dana",
        "name": "Zapier",
        "status": "active",
        "hint": "oT8N",
        "createdAt": "2026-11-30T10:26:21.776Z",
        "createdBy": "user/01a22bfd-c25f-746d-b46f-274cf93a41fc",
        "expiresAt": "2026-12-30T10:26:21.776Z",
        "effectiveExpiresAt": "2026-12-30T10:26:21.776Z",
        "effectiveExpiryBoundBy": "key",
        "acceptance": {
          "allowed": true,
          "reason": null
        },
        "readOnly": false,
        "scopes": [
          "invoices:read"
        ],
        "allowedIpRanges": null,
        "rateLimit": {
          "requests": 100,
          "seconds": 60
        },
        "lastUsedAt": null,
        "predecessorId": "2AvsrrnnnrMp0iiueirc1w",
        "successorId": null,
        "supersededUntil": null,
        "revokedAt": null,
        "revocationReason": null,
        "key": "kf_5OP0DZbFBIhl6Ztsg3H58w_EXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAM"
      }
    }
  },
  "rotateWebhookSecret": {
    "example": {
      "status": 200,
      "answer": {
        "id": "d2d36f2f-aa03-4942-8a81-e6a46c381bed",
        "url": "https://hooks.example.org/keyfold",
        "types": null,
        "enabled": true,
        "createdAt": "2026-11-30T10:26:22.097Z",
        "createdBy": "user/first-administrator",
        "previousSecretUntil": "2026-12-01T10:26:22.271Z",
        "secret": "whsec_EXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLE"
      }
    }
  },
  "setUserPassword": {
    "example": {
      "request": {
        "newPassword": "correct horse battery staple"
      },
      "status": 204
    }
  },
  "signIn": {
    "example": {
      "request": {
        "username": "dana",
        "password": "correct horse battery staple"
      },
      "status": 201,
      "answer": {
        "token": "kfs_EXAMPLE-EXAMPLE-EXAMPLE-EXAMPLE-EXAMPLE",
        "expiresAt": "2026-11-30T22:26:20.873Z",
        "user": {
          "id": "01a22bfd-c25f-746d-b46f-274cf93a41fc",
          "username": "dana",
          "displayName": "Dana M. Reyes",
          "email": "dana@example.org",
          "status": "active",
          "supervisorId": null,
          "roles": [
            {
              "id": "api-key-generate",
              "name": "API Key Generate"
            },
            {
              "id": "api-key-sign-in",
              "name": "API Key Sign In"
            }
          ],
          "createdAt": "2026-11-30T10:26:20.433Z"
        }
      }
    }
  },
  "signOut": {
    "example": {
      "status": 204
    }
  },
  "startOidcSignIn": {
    "example": {
      "status": 303
    }
  },
  "summariseApiKeys": {
    "example": {
      "status": 200,
      "answer": {
        "countedAt": "2026-11-30T10:26:21.714Z",
        "byStatus": {
          "pending": 0,
          "active": 2,
          "superseded": 0,
          "revoked": 0,
          "expired": 0
        },
        "endingWithinDays": {
          "1": 0,
          "7": 1,
          "30": 2
        },
        "unusedForDays": {
          "30": 0,
          "90": 0
        },
        "weeks": [
          {
            "start": "2026-11-23",
            "issued": 0,
            "revoked": 0
          },
          {
            "start": "2026-11-30",
            "issued": 2,
            "revoked": 0
          }
        ]
      }
    }
  },
  "testWebhook": {
    "example": {
      "status": 202,
      "answer": {
        "id": "17cf59c8-f96e-460e-91b9-2ae8d80206e6",
        "noticeId": null,
        "type": "WebhookTest",
        "status": "pending",
        "attempts": 0,
        "createdAt": "2026-11-30T10:26:22.172Z",
        "nextAttemptAt": "2026-11-30T10:26:22.172Z",
        "lastAttemptAt": null,
        "lastStatus": null,
        "lastError": null
      }
    }
  },
  "unlinkOidcIdentity": {
    "example": {
      "status": 204
    }
  },
  "withdrawRole": {
    "example": {
      "status": 200,
      "answer": {
        "id": "01a22bfd-c25f-746d-b46f-274cf93a41fc",
        "username": "dana",
        "displayName": "Dana M. Reyes",
        "email": "dana@example.org",
        "status": "active",
        "supervisorId": null,
        "roles": [
          {
            "id": "api-key-generate",
            "name": "API Key Generate"
          },
          {
            "id": "api-key-sign-in",
            "name": "API Key Sign In"
          }
        ],
        "createdAt": "2026-11-30T10:26:20.433Z"
      }
    }
  }
};
