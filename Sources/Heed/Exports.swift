// What a user of `Heed` needs to name: options of search, attention maps, tokenizers, configurations.
@_exported import HeedChat
@_exported import HeedGeneration
@_exported import HeedInspection
@_exported import HeedModels
@_exported import HeedText
