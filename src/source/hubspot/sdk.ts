import * as associations from '@hubspot/api-client/lib/codegen/crm/associations/v4/index.js'
import * as objects from '@hubspot/api-client/lib/codegen/crm/objects/index.js'
import * as owners from '@hubspot/api-client/lib/codegen/crm/owners/index.js'
import * as pipelines from '@hubspot/api-client/lib/codegen/crm/pipelines/index.js'
import * as properties from '@hubspot/api-client/lib/codegen/crm/properties/index.js'

/**
 * HubSpot's own client: what it asks for, and what it makes of answers. Its `Client` is not used, since that one puts a
 * limiter of the whole process around every call and lets nobody give up: its typed APIs take a transport of ours instead.
 */
export interface Apis {
  readonly objects: objects.BasicApi
  readonly batch: objects.BatchApi
  readonly search: objects.SearchApi
  readonly associations: associations.BatchApi
  readonly owners: owners.OwnersApi
  readonly pipelines: pipelines.PipelinesApi
  readonly properties: properties.CoreApi
}

/** One request of the client, ready to be sent. */
export interface SdkRequest {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
}

/** A success: anything else is thrown by who sends. */
export interface SdkAnswer {
  readonly status: number
  readonly body: string
}

export interface SdkOptions {
  readonly baseUrl: string
  readonly accessToken: string
  /** `2026-09`: numbered addresses end with March 2027. */
  readonly apiVersion: string
}

/** The APIs over `send`, which is called once for each call of theirs. */
export function createApis(options: SdkOptions, send: (request: SdkRequest) => Promise<SdkAnswer>): Apis {
  const { baseUrl, accessToken, apiVersion } = options
  const pre = (url: string) => datedAddress(url, apiVersion)
  const configure = <C>(module: SdkModule<C>): C =>
    module.createConfiguration({
      baseServer: new module.ServerConfiguration(baseUrl, {}),
      authMethods: { oauth2: { accessToken } },
      promiseMiddleware: [
        {
          pre: async (context) => {
            context.setUrl(pre(context.getUrl()))
            return context
          },
          post: async (context) => context,
        },
      ],
      httpApi: module.wrapHttpLibrary({
        send: async (context) => {
          const body = context.getBody()
          const answer = await send({
            method: context.getHttpMethod(),
            url: context.getUrl(),
            headers: context.getHeaders(),
            body: typeof body === 'string' ? body : undefined,
          })
          // Told to be JSON whatever the headers say: without one the client would refuse to look at it.
          return new module.ResponseContext(
            answer.status,
            { 'content-type': 'application/json' },
            { text: async () => answer.body, binary: async () => Buffer.from(answer.body) },
          )
        },
      }),
    })
  const forObjects = configure(objects as unknown as SdkModule<objects.Configuration>)
  return {
    objects: new objects.BasicApi(forObjects),
    batch: new objects.BatchApi(forObjects),
    search: new objects.SearchApi(forObjects),
    associations: new associations.BatchApi(
      configure(associations as unknown as SdkModule<associations.Configuration>),
    ),
    owners: new owners.OwnersApi(configure(owners as unknown as SdkModule<owners.Configuration>)),
    pipelines: new pipelines.PipelinesApi(configure(pipelines as unknown as SdkModule<pipelines.Configuration>)),
    properties: new properties.CoreApi(configure(properties as unknown as SdkModule<properties.Configuration>)),
  }
}

/** What each generated module of the client has under the same names, with types of its own. */
interface SdkModule<C> {
  readonly ServerConfiguration: new (url: string, variables: object) => object
  readonly ResponseContext: new (status: number, headers: object, body: object) => object
  createConfiguration(parameters: {
    readonly baseServer: object
    readonly authMethods: object
    readonly httpApi: object
    readonly promiseMiddleware: readonly {
      pre(context: RequestContext): Promise<RequestContext>
      post(context: unknown): Promise<unknown>
    }[]
  }): C
  wrapHttpLibrary(library: { send(context: RequestContext): Promise<object> }): object
}

type RequestContext = Pick<objects.RequestContext, 'getUrl' | 'setUrl' | 'getHttpMethod' | 'getHeaders' | 'getBody'>

/** `/crm/v3/objects/deals` is `/crm/objects/2026-09/deals` by its dated address, and so are the others that we ask for. */
export function datedAddress(url: string, version: string): string {
  return url
    .replace('/crm/v3/objects/', `/crm/objects/${version}/`)
    .replace('/crm/v4/associations/', `/crm/associations/${version}/`)
    .replace(/\/crm\/v3\/(owners|pipelines|properties)(?=[/?]|$)/, `/crm/$1/${version}`)
}
